"""Stamping: each side at the event's own time, the same as asking row by row."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.ownership import OwnershipEnricher
from enrichment.register import AddressRegister
from enrichment.segments import Numbers
from taishi.core.event import Batch, BatchBuilder, Value, first_batch_error
from taishi.core.records import Asset, Unit

DAY = datetime(2026, 5, 1, tzinfo=UTC)
LONG_AGO = DAY - timedelta(days=9)
UNITS = [Unit(id="u1", name="县教育局"), Unit(id="u2", name="县卫健局")]
ASSETS = [
    Asset("a", "u1", "cidr", "192.0.2.0/24", "机关网段", valid_to=DAY),
    Asset("b", "u2", "cidr", "192.0.2.0/24", "门诊网段", valid_from=DAY),
    Asset("c", "u1", "domain", "oa.example.gov.cn", "OA"),
    Asset("d", "u2", "system", "filesrv", "文件服务器"),
]
REGISTER = AddressRegister(UNITS, ASSETS)


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


class Counting(AddressRegister):
    """A register that counts the names it is asked for."""

    def __init__(self) -> None:
        super().__init__(UNITS, ASSETS)
        self.asked = 0

    def keys(self, names: pa.Array) -> Numbers:
        self.asked += len(names)
        return super().keys(names)


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


_octets = st.sampled_from([0, 1, 2, 127, 128, 255])
_prefixes = st.tuples(_octets, _octets, st.sampled_from([8, 15, 16, 23, 24, 30, 32]))
_texts = st.one_of(
    st.builds("10.0.{}.{}".format, _octets, _octets),
    st.sampled_from(["::ffff:10.0.1.1", "2001:db8::5", "010.0.0.1", "10.0.0.256", "a.example.cn", "b", ""]),
)


@settings(deadline=None)
@given(st.lists(_prefixes, max_size=8), st.lists(_texts, min_size=1, max_size=20), st.integers(-2, 4))
def test_many_addresses_at_once_have_the_longest_prefix(
    prefixes: list[tuple[int, int, int]], names: list[str], hour: int
) -> None:
    """Against the plain way: every asset that holds at the moment and contains the address."""
    assets = [
        Asset(f"p{n}", "u1", "cidr", str(ip_network(f"10.0.{a}.{b}/{length}", strict=False)), f"net{n}",
              valid_from=DAY + timedelta(hours=n % 3) if n % 2 else None)
        for n, (a, b, length) in enumerate(prefixes)
    ]  # fmt: skip
    assets += [
        Asset("d", "u2", "domain", "example.cn", "域"),
        Asset("s", "u2", "cidr", "2001:db8::/32", "六"),
    ]
    assets.append(Asset("u", "u2", "url", "http://10.0.1.1:8080/a", "网址"))
    moment = DAY + timedelta(hours=hour)
    enriched = OwnershipEnricher(AddressRegister(UNITS, assets)).enrich(
        batch(*({"source.ip": name, "@timestamp": moment} for name in names))
    )
    for name, asset in zip(names, enriched.column("taishi.source.asset"), strict=True):
        assert asset == _plainly(assets, name, moment), name


def _plainly(assets: list[Asset], name: str, moment: datetime) -> str | None:
    if name == "a.example.cn":
        return "域"
    try:
        ip = ip_address(name)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None:
            return "六"
        ip = ip.ipv4_mapped
    held = [
        (
            ip_network(one.value).prefixlen,
            one.valid_from or DAY - timedelta(days=9),
            -int(one.id[1:]),
            one.name,
        )
        for one in assets
        if one.id[0] == "p" and ip in ip_network(one.value) and (one.valid_from or moment) <= moment
    ]
    if not held and str(ip) == "10.0.1.1":
        return "网址"
    best = max((length for length, *_ in held), default=0)
    if best < 32 and str(ip) == "10.0.1.1":
        return "网址"
    return max(held)[-1] if held else None
