"""Rules over a stream: correlations say whom they are about, whenever and however their events come."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections.detector import Detector
from detections.engine.load import RulePack, load_rules
from detections.exceptions import Exceptions
from detections.networks import PRIVATE, Networks
from detections.rule_watch import RuleWatch
from taishi.core.event import Batch, BatchBuilder, Event
from taishi.core.records import Hit, RuleException

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STRANGER, OURS = "203.0.113.9", "10.34.2.15"
FAILED = """title: Failed logon
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0301
name: failed_logon
status: test
logsource: {product: windows, service: security}
detection:
  selection: {EventID: 4625}
  condition: selection
level: LEVEL
"""
MANY = """---
title: Many failed logons
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0302
tags: [attack.credential-access, attack.t1110]
correlation:
  type: event_count
  rules: [failed_logon]
  group-by: [GROUP]
  timespan: 10m
  condition: {CONDITION}
level: high
"""


def pack(
    tmp_path: Path,
    group: str = "IpAddress, Computer",
    condition: str = "gte: 5",
    level: str = "low",
    more: str = "",
) -> RulePack:
    text = FAILED.replace("LEVEL", level) + MANY.replace("GROUP", group).replace("CONDITION", condition)
    path = tmp_path / "rules.yml"
    path.write_text(text + more)
    found = load_rules([path])
    assert found.refused == ()
    return found


def failed(numbers: Iterable[int], minutes: float = 1, source: str = STRANGER, host: str = "dc1") -> Batch:
    """Failed logons, the nth so many minutes after the start."""
    builder = BatchBuilder("windows", "test", f"{source} {host}")
    for number in numbers:
        own = {
            "EventID": 4625,
            "Channel": "Security",
            "Provider_Name": "Microsoft-Windows-Security-Auditing",
            "Computer": host,
            "IpAddress": source,
            "TargetUserName": "bob",
        }
        row = {
            "@timestamp": START + number * timedelta(minutes=minutes),
            "event.module": "windows",
            "event.code": "4625",
            "winlog.channel": "Security",
            "host.name": host,
            "source.ip": source,
            "taishi.host.unit": "县教育局",
        }
        builder.add(number, row, own)
    made = builder.take()
    assert made is not None
    return made


def watch(
    rules: RulePack, exceptions: Exceptions | None = None, find: Callable[[str], Event | None] | None = None
) -> RuleWatch:
    return RuleWatch(rules, Networks(PRIVATE), None, exceptions, find or (lambda _: None))


def take(one: RuleWatch, *batches: Batch, now: datetime | None = None) -> dict[str, Hit]:
    """What a look at these batches gives, by id."""
    hits = [hit for batch in batches for hit in one.observe(batch, now)]
    return {hit.id: hit for hit in [*hits, *one.settle(now)]}


def test_a_correlation_says_who_was_attacked_by_whom_and_how_often(tmp_path: Path) -> None:
    (hit,) = take(watch(pack(tmp_path)), failed(range(6))).values()
    assert (hit.title.en, hit.kind, hit.threat, hit.level) == (
        "Many failed logons",
        "sigma",
        "compromised",
        "high",
    )
    assert (hit.subject, hit.subject_kind, hit.unit) == ("dc1", "host", "县教育局")
    assert (hit.count, hit.first_seen, hit.last_seen) == (6, START, START + timedelta(minutes=5))
    assert len(hit.evidence) == 6
    assert hit.technique == ("T1110",)
    assert hit.summary.en == "Many failed logons: IpAddress=203.0.113.9 Computer=dc1, 6 events"


def test_rules_that_only_serve_a_correlation_make_no_hits(tmp_path: Path) -> None:
    assert take(watch(pack(tmp_path)), failed(range(4))) == {}


def test_an_informational_correlation_makes_no_risk_event(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    pack(tmp_path)
    path.write_text(path.read_text().replace("level: high", "level: informational"))
    assert take(watch(load_rules([path])), failed(range(6))) == {}


def test_a_growing_episode_is_one_hit(tmp_path: Path) -> None:
    one = watch(pack(tmp_path))
    ((name, first),) = take(one, failed(range(5))).items()
    ((again, grown),) = take(one, failed(range(5, 9))).items()
    assert (name, first.count) == (again, 5)
    assert grown.count == 9


@given(st.permutations(range(12)), st.lists(st.integers(1, 4), min_size=12))
def test_order_and_batches_within_a_look_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], sizes: list[int]
) -> None:
    rules = pack(tmp_path_factory.getbasetemp())
    batches, at = [], 0
    for size in sizes:
        if order[at : at + size]:
            batches.append(failed(order[at : at + size]))
        at += size
    assert take(watch(rules), *batches) == take(watch(rules), failed(range(12)))


def test_what_holds_is_told_before_late_events_could_come(tmp_path: Path) -> None:
    """The latest events are within the lateness that is waited for; an alert does not wait."""
    one = watch(pack(tmp_path))
    assert take(one, failed(range(5), minutes=0.1), now=START + timedelta(seconds=40)) != {}


def test_too_few_are_told_only_when_the_window_is_over(tmp_path: Path) -> None:
    one = watch(pack(tmp_path, condition="lt: 3"))
    now = START + timedelta(minutes=2)
    assert take(one, failed(range(2)), now=now) == {}
    assert take(one, now=now + timedelta(minutes=4)) == {}
    (hit,) = take(one, now=now + timedelta(minutes=20)).values()
    assert hit.count == 2


def test_events_that_come_late_are_correlated_among_themselves(tmp_path: Path) -> None:
    one = watch(pack(tmp_path))
    take(one, failed(range(3000, 3001)))
    assert len(take(one, failed(range(6)))) == 1
    assert len(take(one, failed(range(100, 106)))) == 1
    assert len(take(one, failed(range(3)), failed(range(50, 52)))) == 0


def test_a_wrong_clock_makes_nobody_else_late(tmp_path: Path) -> None:
    one, now = watch(pack(tmp_path)), START + timedelta(minutes=10)
    ahead = failed(range(10_000, 10_006), host="wrong")
    assert [hit.subject for hit in take(one, ahead, failed(range(3)), now=now).values()] == ["wrong"]
    assert [hit.subject for hit in take(one, failed(range(3, 6)), now=now).values()] == ["dc1"]


def test_a_snapshot_goes_on_with_other_rules(tmp_path: Path) -> None:
    stored: dict[str, Event] = {}
    one, first = watch(pack(tmp_path)), failed(range(3))
    take(one, first)
    stored.update((event.id, event) for event in first.events())
    more = FAILED.replace("name: failed_logon\n", "").replace("0301", "0303").replace("LEVEL", "high")
    other = watch(pack(tmp_path, more=f"---\n{more}"), find=stored.get)
    other.restore(one.snapshot())
    hits = list(take(other, failed(range(3, 6))).values())
    correlated = [hit for hit in hits if hit.title.en == "Many failed logons"]
    assert [(hit.count, len(hit.evidence)) for hit in correlated] == [(6, 6)]
    assert len(hits) == 4


def test_what_is_no_snapshot_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        watch(pack(tmp_path)).restore(b"?")


def kept_back(rule: str, **where: str) -> Exceptions:
    until = START + timedelta(days=1)
    return Exceptions([RuleException("X-1", rule, START, until, "known", "admin", START, dict(where))])


def test_what_an_exception_keeps_back_feeds_no_correlation(tmp_path: Path) -> None:
    rules = pack(tmp_path, level="high", group="Computer")
    exceptions = kept_back(rules.rules[0].id, IpAddress=STRANGER)
    one = watch(rules, exceptions)
    assert take(one, failed(range(6)), failed(range(4), source=OURS)) == {}
    assert exceptions.counts["X-1"] == 6
    assert len(take(one, failed(range(4, 5), source=OURS))) == 1


def test_an_exception_to_a_correlation(tmp_path: Path) -> None:
    rules = pack(tmp_path)
    one = watch(rules, kept_back(rules.correlations[0].id, **{"host.name": "dc1"}))
    hits = take(one, failed(range(6)), failed(range(6), host="dc2"))
    assert [hit.subject for hit in hits.values()] == ["dc2"]


def test_a_hit_of_its_own_and_one_of_the_correlation(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    pack(tmp_path, level="medium")
    path.write_text(path.read_text().replace("  type: event_count", "  generate: true\n  type: event_count"))
    hits = take(watch(load_rules([path])), failed(range(5))).values()
    assert sorted(hit.level for hit in hits) == ["high", *["medium"] * 5]


@pytest.mark.parametrize(
    ("group", "source", "subject", "kind"),
    [
        ("IpAddress", OURS, OURS, "ip"),
        ("IpAddress", STRANGER, STRANGER, "ip"),
        ("source.ip", OURS, OURS, "ip"),
        ("TargetUserName", STRANGER, "bob", "account"),
        ("winlog.computer_name, host.name", STRANGER, "dc1", "host"),
        ("Channel", STRANGER, "dc1", "host"),
    ],
)
def test_the_group_names_the_subject(
    tmp_path: Path, group: str, source: str, subject: str, kind: str
) -> None:
    found = take(watch(pack(tmp_path, group=group)), failed(range(6), source=source)).values()
    assert [(hit.subject, hit.subject_kind) for hit in found] == [(subject, kind)]


def test_a_stranger_who_attempts_is_the_attacker(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    pack(tmp_path, group="IpAddress")
    path.write_text(path.read_text().replace("level: high", "level: medium"))
    (hit,) = take(watch(load_rules([path])), failed(range(6))).values()
    assert (hit.threat, hit.subject, hit.attackers) == ("attempted", "dc1", (STRANGER,))


def test_a_nested_field_and_an_alias(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text("""title: Call
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0401
name: call
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteTrail}
  condition: selection
level: low
---
title: Calls
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0402
correlation:
  type: value_count
  rules: [call]
  group-by: [who]
  aliases:
    who: {call: userIdentity.arn}
  timespan: 1h
  condition: {gte: 2, field: requestParameters.name}
level: high
""")
    builder = BatchBuilder("other", "test", "test")
    for number in range(3):
        own = {
            "eventName": "DeleteTrail",
            "userIdentity": {"arn": "arn:aws:iam::1:user/eve"},
            "requestParameters": {"name": f"trail{number % 2}"},
        }
        row = {
            "@timestamp": START + timedelta(minutes=number),
            "event.module": "aws",
            "event.dataset": "aws.cloudtrail",
            "host.name": "aws",
        }
        builder.add(number, row, own)
    made = builder.take()
    assert made is not None
    (hit,) = take(watch(load_rules([path])), made).values()
    assert "who=arn:aws:iam::1:user/eve" in hit.summary.en


def test_files_are_judged_in_time_order_whatever_order_they_are_named_in(tmp_path: Path) -> None:
    detector = Detector(pack(tmp_path), Networks(PRIVATE))
    parts = [failed(range(8, 10)), failed(range(5_000, 5_001)), failed(range(3)), failed(range(3, 8))]
    random.Random(7).shuffle(parts)
    assert [hit for part in parts for hit in detector.observe(part)] == []
    (hit,) = (hit for hit in detector.standing() if hit.kind == "sigma")
    assert hit.count == 10
