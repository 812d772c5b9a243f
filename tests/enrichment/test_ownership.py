"""Stamping: each side at the event's own time, the same as asking row by row."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from enrichment.ownership import OwnershipEnricher
from enrichment.register import AddressRegister
from taishi.core.event import Batch, BatchBuilder, Value, first_batch_error
from taishi.core.ports import Ownership
from taishi.core.records import Asset, Unit

DAY = datetime(2026, 5, 1, tzinfo=UTC)
REGISTER = AddressRegister(
    [Unit(id="u1", name="县教育局"), Unit(id="u2", name="县卫健局")],
    [
        Asset("a", "u1", "cidr", "192.0.2.0/24", "机关网段", valid_to=DAY),
        Asset("b", "u2", "cidr", "192.0.2.0/24", "门诊网段", valid_from=DAY),
        Asset("c", "u1", "domain", "oa.example.gov.cn", "OA"),
        Asset("d", "u2", "system", "filesrv", "文件服务器"),
    ],
)


def batch(*rows: dict[str, Value]) -> Batch:
    builder = BatchBuilder("flow", "test", "test")
    for number, row in enumerate(rows):
        builder.add(number, {"@timestamp": DAY, **row})
    built = builder.take()
    assert built is not None
    return built


def test_each_side_is_stamped_at_the_event_s_own_time() -> None:
    enriched = OwnershipEnricher(REGISTER).enrich(
        batch(
            {
                "source.ip": "192.0.2.5",
                "destination.ip": "203.0.113.1",
                "@timestamp": DAY - timedelta(hours=1),
            },
            {"source.ip": "203.0.113.1", "destination.ip": "192.0.2.5"},
        )
    )
    assert first_batch_error(enriched) is None
    assert enriched.column("taishi.source.unit") == ["县教育局", None]
    assert enriched.column("taishi.source.asset") == ["机关网段", None]
    assert enriched.column("taishi.destination.unit") == [None, "县卫健局"]


def test_a_host_by_its_name_else_by_its_first_address() -> None:
    enriched = OwnershipEnricher(REGISTER).enrich(
        batch(
            {"host.name": "FILESRV.corp.local"},
            {"host.name": "unknown", "host.ip": ["192.0.2.9", "198.51.100.9"]},
            {"host.ip": []},
        )
    )
    assert enriched.column("taishi.host.asset") == ["文件服务器", "门诊网段", None]


def test_a_side_known_only_by_its_domain() -> None:
    enriched = OwnershipEnricher(REGISTER).enrich(
        batch({"destination.ip": "203.0.113.1", "destination.domain": "oa.example.gov.cn"})
    )
    assert enriched.column("taishi.destination.asset") == ["OA"]


def at(ip: str | None, later: timedelta) -> dict[str, Value]:
    return {"source.ip": ip, "@timestamp": DAY + later}


class Counting:
    """A register that counts how often it is asked."""

    changes: Sequence[datetime] = REGISTER.changes

    def __init__(self) -> None:
        self.asked = 0

    def owner(self, address: str, at: datetime) -> Ownership | None:
        self.asked += 1
        return REGISTER.owner(address, at)


def test_each_address_is_decided_once_a_batch() -> None:
    register = Counting()
    rows = [at("192.0.2.5", timedelta(seconds=n)) for n in range(100)]
    OwnershipEnricher(register).enrich(batch(*rows))
    assert register.asked == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["192.0.2.1", "192.0.2.2", "203.0.113.1", "", "x"]) | st.none(),
            st.integers(-3, 3),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_same_as_asking_row_by_row_and_twice_is_once(rows: list[tuple[str | None, int]]) -> None:
    given_batch = batch(*(at(ip, timedelta(hours=hour)) for ip, hour in rows))
    enricher = OwnershipEnricher(REGISTER)
    enriched = enricher.enrich(given_batch)
    owners = [REGISTER.owner(ip, DAY + timedelta(hours=hour)) if ip else None for ip, hour in rows]
    assert enriched.column("taishi.source.unit") == [owner.unit if owner else None for owner in owners]
    assert enricher.enrich(enriched).rows.equals(enriched.rows)
