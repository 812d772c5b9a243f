"""Named factors: what moves a class or level, and only that; the same whatever the order."""

from datetime import timedelta
from random import Random

import msgspec
import pytest

from detections.verdict import judge
from detections.weighing import Surroundings, factors
from taishi.core.records import Hit, Verdict
from tests.detections.test_verdict import START, make_hit

HOST, ATTACKER = "192.0.2.1", "198.51.100.1"
CALLS = factors().promotions[0].rules[-1]


def hit(number: int, threat: str, level: str, **changes: object) -> Hit:
    made = make_hit(number, HOST, threat, level, 1, 0, ATTACKER)
    return msgspec.structs.replace(made, **changes)


def alone(*hits: Hit, around: Surroundings | None = None) -> Verdict:
    (verdict,) = judge(hits, around)
    return verdict


def at(hours: float) -> dict[str, object]:
    moment = START + timedelta(hours=hours)
    return {"first_seen": moment, "last_seen": moment}


ATTACK = hit(1, "attempted", "medium", **at(0))


@pytest.mark.parametrize(
    ("hours", "changes", "promoted"),
    [
        (3, {}, True),
        (30, {}, False),  # too long after
        (-3, {}, False),  # before: an old connection of its own
        (3, {"peers": ("203.0.113.9",)}, False),  # to somebody else
        (3, {"rule": "an ordinary one"}, False),  # nothing that an intruder would do
    ],
)
def test_a_host_that_calls_its_attacker_is_taken_over(
    hours: float, changes: dict[str, object], promoted: bool
) -> None:
    call = hit(2, "risk", "low", **{"rule": CALLS, **at(hours), **changes})
    verdict = alone(ATTACK, call)
    assert verdict.threat == ("compromised" if promoted else "attempted")
    if promoted:
        (step,) = verdict.factors
        assert (step.name, step.was, step.became) == ("called-attacker", "attempted", "compromised")
        assert ATTACKER in step.words.zh
        assert (verdict.level, verdict.incident) == ("medium", "controlled-host")


@pytest.mark.parametrize(
    ("threat", "grade", "level"),
    [("compromised", 3, "high"), ("compromised", 2, "medium"), ("attempted", 4, "medium")],
)
def test_a_graded_system_that_is_taken_over_weighs_more(threat: str, grade: int, level: str) -> None:
    verdict = alone(hit(1, threat, "medium", asset="门户"), around=Surroundings({"门户": grade}))
    assert verdict.level == level
    assert [step.became for step in verdict.factors] == (["high"] if level == "high" else [])


@pytest.mark.parametrize(
    ("threat", "shown", "hosts", "level"),
    [
        ("risk", 60, 100, "low"),
        ("risk", 59, 100, "medium"),
        ("risk", 9, 10, "medium"),  # too few to speak of most
        ("risk", 60, 0, "medium"),  # nobody counted the hosts
        ("compromised", 100, 100, "medium"),  # a worm on every host stays what it is
    ],
)
def test_what_most_hosts_show_is_lowered_where_it_is_a_weakness(
    threat: str, shown: int, hosts: int, level: str
) -> None:
    verdict = alone(hit(1, threat, "medium"), around=Surroundings({}, {"r1": shown}, hosts))
    assert verdict.level == level


def test_a_rare_finding_beside_a_common_one_stands_for_itself() -> None:
    around = Surroundings({}, {"r1": 90, "r2": 1}, 100)
    assert alone(hit(1, "risk", "medium"), hit(2, "risk", "medium"), around=around).level == "medium"


def test_intelligence_about_the_same_peer_raises() -> None:
    beacon, known = hit(1, "compromised", "medium"), hit(2, "compromised", "low", kind="intel")
    assert alone(beacon, known).level == "high"
    elsewhere = msgspec.structs.replace(known, peers=("203.0.113.9",))
    assert alone(beacon, elsewhere).level == "medium"
    lowered = msgspec.structs.replace(known, threat="risk")  # a warninglist lowered it
    assert alone(beacon, lowered).level == "medium"


def test_the_order_of_hits_does_not_matter() -> None:
    hits = [ATTACK, *(hit(n, "risk", "low", rule=CALLS, **at(n)) for n in range(2, 9))]
    around = Surroundings({}, {"r1": 4}, 9)
    told = alone(*hits, around=around)
    for seed in range(5):
        Random(seed).shuffle(hits)
        assert alone(*hits, around=around) == told
