"""What is remembered of a day: the same for any order and batches, bounded, and saved."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.behaviours.catalogue import all_behaviours
from detections.ledger import tally
from detections.ledger.ledger import LIMITS, Ledger
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Row
from taishi.core.records import Hit
from tests.detections.behaviours.conftest import VAIN, flow

START = datetime(2026, 3, 2, tzinfo=UTC)
HOST, SERVER, STRANGER = "10.0.0.5", "198.51.100.7", "203.0.113.9"


def ledger(limits: dict[str, int] | None = None) -> Ledger:
    return Ledger(Networks(["10.0.0.0/8"]), all_behaviours(), limits)


def day_of_everything() -> list[tuple[Kind, Row]]:
    """A beacon, a port scan, guessed passwords, a DNS tunnel and people at work."""
    dice = random.Random(4)
    rows: list[tuple[Kind, Row]] = []
    for number in range(100):
        at = 300 * number + dice.uniform(-9, 9) + 10
        rows.append(("flow", flow(HOST, SERVER, 443, at, source__port=40000 + number)))
        rows.append(("tls", {**_ends(at, HOST, SERVER, 443), "source.port": 40000 + number}))
    rows += [("flow", {**flow(STRANGER, "10.0.0.9", port, port), **VAIN}) for port in range(1, 60)]
    rows += [("logon", _logon(n, "failure")) for n in range(20)] + [("logon", _logon(30, "success"))]
    for number in range(80):
        name = "".join(dice.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(40))
        rows.append(
            ("dns", {**_ends(number, HOST, "10.0.0.53", 53), "dns.question.name": f"{name}.t.example"})
        )
    for number in range(60):
        at = dice.uniform(0, 30000)
        rows.append(("flow", flow(f"10.0.1.{number % 9}", f"198.51.100.{number}", 443, at)))
    return rows


def _ends(at: float, source: str, destination: str, port: int) -> dict[str, object]:
    return {
        "@timestamp": START + timedelta(seconds=at),
        "source.ip": source,
        "destination.ip": destination,
        "destination.port": port,
    }


def _logon(at: int, outcome: str) -> dict[str, object]:
    ends = _ends(at, STRANGER, "10.0.0.22", 22)
    return {
        **ends,
        "source.port": 50000 + at,
        "process.name": "sshd",
        "user.name": "root",
        "event.outcome": outcome,
    }


def batches(rows: Sequence[tuple[int, tuple[Kind, Row]]], size: int) -> Iterable[Batch]:
    """Rows, each with its place in its source, cut into batches of one kind."""
    for start in range(0, len(rows), size):
        builders: dict[Kind, BatchBuilder] = {}
        for place, (kind, row) in rows[start : start + size]:
            builders.setdefault(kind, BatchBuilder(kind, "test", "test")).add(place, row)
        yield from (batch for one in builders.values() if (batch := one.take()))


def said(hits: Iterable[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: hit.id)


@pytest.fixture(scope="module")
def expected() -> list[Hit]:
    one = ledger()
    for batch in batches([*enumerate(day_of_everything())], 10_000):
        one.observe(batch)
    return said(one.judged())


def test_the_day_has_its_findings(expected: list[Hit]) -> None:
    assert {hit.rule.rpartition(".")[2]: hit.threat for hit in expected} == {
        "beacon": "compromised",
        "port-scan": "attempted",
        "brute-force-success": "compromised",
        "dns-tunnel": "compromised",
    }


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 400))
def test_order_and_batches_change_nothing(expected: list[Hit], dice: random.Random, size: int) -> None:
    rows = [*enumerate(day_of_everything())]
    dice.shuffle(rows)
    one = ledger()
    for batch in batches(rows, size):
        one.observe(batch)
    assert said(one.judged()) == expected


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 300), st.integers(0, 340))
def test_a_restart_changes_nothing(expected: list[Hit], size: int, cut: int) -> None:
    before, after = ledger(), ledger()
    rows = [*enumerate(day_of_everything())]
    for batch in batches(rows[:cut], size):
        before.observe(batch)
    told = {hit.id: hit for hit in before.judged()}
    after.restore(before.saved())
    for batch in batches(rows[cut:], size):
        after.observe(batch)
    told.update((hit.id, hit) for hit in after.judged())
    assert [hit for hit in said(told.values()) if hit.id in {one.id for one in expected}] == expected


def test_only_who_was_seen_is_judged_again(expected: list[Hit]) -> None:
    one = ledger()
    for batch in batches([*enumerate(day_of_everything())], 10_000):
        one.observe(batch)
    assert said(one.judged()) == expected
    assert one.judged() == []
    more = [(9_000, ("flow", flow(HOST, SERVER, 443, 31_000, source__port=41_000)))]
    for batch in batches(more, 10):
        one.observe(batch)
    assert {hit.subject for hit in one.judged()} == {HOST}


def scan(start: float, ports: Iterable[int] = range(1, 60)) -> list[tuple[Kind, Row]]:
    return [("flow", {**flow(STRANGER, "10.0.0.9", port, start + port), **VAIN}) for port in ports]


def test_a_day_that_is_over_is_forgotten_and_a_late_one_is_judged_by_itself() -> None:
    one = ledger()
    for batch in batches([*enumerate(scan(0) + scan(2 * 86400))], 10_000):
        one.observe(batch)
    first, second = one.judged()
    assert first.id != second.id
    assert one.rows == 59
    for batch in batches([(n + 500, row) for n, row in enumerate(scan(3600, range(100, 140)))], 10_000):
        one.observe(batch)
    (late,) = one.judged()
    assert late.id not in (first.id, second.id)
    assert late.first_seen == START + timedelta(seconds=3700)


def test_memory_is_bounded_and_what_was_found_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "_FOLD", 500)
    one, most = ledger(dict.fromkeys(LIMITS, 1000)), 0
    for part in range(10):
        numbers = range(part * 1000, part * 1000 + 1000)
        rows: list[tuple[Kind, Row]] = [
            ("flow", flow(HOST, f"198.51.{n // 250}.{n % 250}", 443, n)) for n in numbers
        ]
        for batch in batches([*enumerate(rows + (scan(part * 1000) if part == 3 else []))], 250):
            one.observe(batch)
            most = max(most, one.rows)
    assert one.dropped > 1000
    assert most < 5000
    assert [hit.rule for hit in one.judged()] == ["taishi.behaviour.port-scan"]


def test_a_wrong_clock_ends_no_day() -> None:
    one = ledger()
    now = START + timedelta(hours=1)
    ahead = [("flow", flow(HOST, SERVER, 443, 86400 * 400))]
    for batch in batches([*enumerate(scan(0) + ahead)], 10_000):
        one.observe(batch, now)
    one.judged()
    assert one.rows > 59


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x95\x63"])
def test_what_is_no_state_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="state"):
        ledger().restore(data)
