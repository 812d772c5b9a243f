"""What a person decided not to see is kept back and counted; everything else comes up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections import exceptions
from detections.exceptions import Exceptions
from taishi.core.event import Event
from taishi.core.records import Hit, RuleException
from taishi.core.text import Text

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = timedelta(days=10)


def exception(
    name: str = "X-1",
    rule: str = "r1",
    where: dict[str, str] | None = None,
    every_s: int = 0,
    group: str = "",
) -> RuleException:
    return RuleException(
        name,
        rule,
        SINCE,
        SINCE + DAYS,
        "the scanner of our own audit",
        "admin",
        SINCE,
        where or {},
        "suppress" if every_s else "except",
        every_s,
        tuple(group.split()),
    )


def flow(time: datetime = NOON, **row: object) -> Event:
    named = {name.replace("__", "."): value for name, value in row.items()}
    return Event("flow", {"event.id": "e", "@timestamp": time, **named})  # type: ignore[dict-item]  # any row


def test_without_exceptions_everything_comes_up() -> None:
    assert Exceptions().admits("r1", flow())


@pytest.mark.parametrize(
    ("wanted", "value", "kept_back"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.0/24", "198.51.100.7", False),
        ("192.0.2.0/24", "::ffff:192.0.2.7", True),
        ("2001:db8::/32", "2001:db8:0:0::1", True),
        ("2001:db8::/32", "192.0.2.7", False),
        ("192.0.2.7", "192.0.2.70", False),
        ("192.0.2.0/24", "not an address", False),
        ("Scanner", "scanner", True),
        ("scan", "scanner", False),
        ("*\\agent?.exe", r"C:\Tools\Agent1.EXE", True),
        ("*\\agent?.exe", r"C:\Tools\agent.exe", False),
        ("[a]*", "[a] b", True),
        ("[a]*", "a", False),
        ("/login*", "/login/x", True),
    ],
)
def test_a_value_is_an_address_a_network_a_pattern_or_a_text(
    wanted: str, value: str, kept_back: bool
) -> None:
    given = Exceptions([exception(where={"source.ip": wanted})])
    assert given.admits("r1", flow(source__ip=value)) is not kept_back
    assert given.counts["X-1"] == kept_back


def test_every_field_must_hold_and_a_list_holds_any(event: Callable[..., Event]) -> None:
    given = Exceptions([exception(where={"source.ip": "192.0.2.7", "dns.resolved_ip": "198.51.100.0/24"})])
    assert given.admits("r1", event("dns", source__ip="192.0.2.7"))
    assert given.admits("r1", event("dns", source__ip="192.0.2.7", dns__resolved_ip=["203.0.113.1"]))
    several = ["203.0.113.1", "198.51.100.4"]
    assert not given.admits("r1", event("dns", source__ip="192.0.2.7", dns__resolved_ip=several))


def test_the_sources_own_fields_count(event: Callable[..., Event]) -> None:
    given = Exceptions([exception(where={"Image": "*\\backup.exe"})])
    assert not given.admits("r1", event("windows", extra={"Image": r"C:\Backup.exe"}))
    assert given.admits("r1", event("windows", extra={"Image": r"C:\other.exe"}))


def test_one_rule_or_every_rule() -> None:
    given = Exceptions([exception(), exception("X-2", "*", {"source.ip": "192.0.2.7"})])
    assert not given.admits("r1", flow())
    assert given.admits("r2", flow())
    assert not given.admits("r2", flow(source__ip="192.0.2.7"))
    assert given.counts == {"X-1": 1, "X-2": 1}


@pytest.mark.parametrize(
    ("time", "admitted"),
    [
        (SINCE - timedelta(seconds=1), True),
        (SINCE, False),
        (SINCE + DAYS - timedelta(seconds=1), False),
        (SINCE + DAYS, True),
    ],
)
def test_its_span_is_of_event_time_and_half_open(time: datetime, admitted: bool) -> None:
    assert Exceptions([exception()]).admits("r1", flow(time)) is admitted


def test_suppression_lets_one_through_a_group_and_span() -> None:
    given = Exceptions([exception(every_s=600, group="source.ip")])
    minutes = {"192.0.2.7": (0, 5, 9, 10, 19, 20), "192.0.2.8": (1,)}
    admitted = [
        (address, minute)
        for address, times in minutes.items()
        for minute in times
        if given.admits("r1", flow(NOON + timedelta(minutes=minute), source__ip=address))
    ]
    assert admitted == [("192.0.2.7", 0), ("192.0.2.7", 10), ("192.0.2.7", 20), ("192.0.2.8", 1)]
    assert given.counts["X-1"] == 3


def test_suppression_is_of_each_rule_by_itself() -> None:
    given = Exceptions([exception(rule="*", where={"source.ip": "*"}, every_s=600)])
    assert [given.admits(rule, flow(source__ip="192.0.2.7")) for rule in ("r1", "r2", "r1")] == [
        True,
        True,
        False,
    ]


def test_what_an_exception_keeps_back_does_not_use_up_the_one_hit() -> None:
    given = Exceptions([exception("X-1", every_s=600), exception("X-2", where={"source.ip": "192.0.2.7"})])
    assert not given.admits("r1", flow(source__ip="192.0.2.7"))
    assert given.admits("r1", flow(source__ip="192.0.2.8"))


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_admitted_hits_lie_apart_whatever_the_order(seconds: list[int]) -> None:
    standing = Exceptions([exception(every_s=600)])
    times = sorted(s for s in seconds if standing.admits("r1", flow(NOON + timedelta(seconds=s))))
    assert times
    assert all(later - earlier >= 600 for earlier, later in pairwise(times))
    assert all(any(abs(s - kept) < 600 for kept in times) for s in seconds)
    assert standing.counts["X-1"] == len(seconds) - len(times)


def test_groups_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "MOST_GROUPS", 2)
    given = Exceptions([exception(every_s=600, group="source.ip")])
    seen = [given.admits("r1", flow(source__ip=f"192.0.2.{n}")) for n in (1, 2, 3, 3, 1)]
    assert seen == [True, True, True, False, True]


def test_renewing_keeps_counts_and_what_was_admitted() -> None:
    given = Exceptions([exception(every_s=600)])
    assert [given.admits("r1", flow()) for _ in range(2)] == [True, False]
    given.renew([exception(every_s=600), exception("X-2", "r2")])
    assert [given.admits(rule, flow()) for rule in ("r1", "r2")] == [False, False]
    assert given.counts == {"X-1": 2, "X-2": 1}
    given.renew([])
    assert given.admits("r1", flow())


def found(**changed: object) -> Hit:
    """A host of ours that calls an outside address."""
    fields = {
        "id": "h", "rule": "r1", "title": Text("", ""), "kind": "behaviour", "threat": "compromised",
        "level": "high", "subject": "10.34.2.15", "subject_kind": "ip", "first_seen": NOON, "last_seen": NOON,
        "count": 1, "summary": Text("", ""), "peers": ("198.51.100.7", "updates.example"), "unit": "县教育局",
    }  # fmt: skip
    return Hit(**{**fields, **changed})


@pytest.mark.parametrize(
    ("where", "kept_back"),
    [
        ({}, True),
        ({"destination.ip": "198.51.100.0/24"}, True),
        ({"destination.domain": "*.example"}, True),
        ({"destination.ip": "203.0.113.0/24"}, False),
        ({"source.ip": "10.34.2.0/24"}, True),
        ({"source.ip": "10.34.2.0/24", "destination.ip": "203.0.113.1"}, False),
        ({"unit": "县教育局"}, True),
        ({"taishi.source.unit": "县教育局"}, True),
        ({"unit": "县卫健委"}, False),
        ({"process.executable": "*"}, False),
    ],
)
def test_what_a_behaviour_found_is_kept_back_by_destination_unit_or_rule(
    where: dict[str, str], kept_back: bool
) -> None:
    given = Exceptions([exception(where=where)])
    assert given.admits_hit(found()) is not kept_back
    assert given.counts["X-1"] == kept_back


def test_in_an_attempt_the_attacker_is_the_source() -> None:
    scan = found(threat="attempted", attackers=("10.34.9.9",), peers=("10.34.9.9",))
    assert not Exceptions([exception(where={"source.ip": "10.34.9.9"})]).admits_hit(scan)
    assert not Exceptions([exception(where={"destination.ip": "10.34.2.15"})]).admits_hit(scan)
    assert Exceptions([exception(where={"source.ip": "10.34.2.15"})]).admits_hit(scan)


def test_a_hit_is_kept_back_while_the_exception_lasts() -> None:
    given = Exceptions([exception()])
    assert given.admits_hit(found(last_seen=SINCE + DAYS))
    assert given.admits_hit(found(rule="r2"))
    assert Exceptions([exception(every_s=60)]).admits_hit(found())
