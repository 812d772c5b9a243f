"""Who keeps what from coming up, for how long and why: refused where it would hide too much."""

from datetime import timedelta

import pytest

from detections.exceptions import Exceptions
from taishi.app.rule_exceptions import RuleExceptions, Wish, described
from taishi.core.event import Event
from taishi.core.problems import Refused
from tests.app.conftest import NOW, Office

WHERE = {"source.ip": "192.0.2.0/28"}


@pytest.fixture
def kept(office: Office) -> RuleExceptions:
    return RuleExceptions(office.state, office.clock)


def test_an_exception_lasts_90_days_and_is_audited(kept: RuleExceptions, office: Office) -> None:
    made = kept.add(Wish("r1", WHERE), "analyst", " our own scanner ")
    assert (made.since, made.until, made.why) == (NOW, NOW + timedelta(days=90), "our own scanner")
    assert described(made) == "r1 source.ip=192.0.2.0/28"
    assert kept.list() == [made]
    assert office.audited()[-1] == ("analyst", "except", "rule exception", "r1 source.ip=192.0.2.0/28")


def test_suppression_says_how_often(kept: RuleExceptions) -> None:
    made = kept.add(Wish("r1", every=timedelta(hours=1), group=["source.ip"]), "analyst", "known")
    assert (made.mode, made.every_s) == ("suppress", 3600)
    assert described(made) == "r1 everywhere, one in 1:00:00 of the same source.ip"


@pytest.mark.parametrize(
    ("wish", "by", "why", "words"),
    [
        (Wish("r1"), "analyst", " ", "a reason is needed"),
        (Wish("r1"), "approver", "known", "lacks the role"),
        (Wish("*"), "analyst", "known", "every rule, everywhere"),
        (Wish("r1", until=NOW + timedelta(days=400)), "analyst", "known", "a year at most"),
        (Wish("r1", until=NOW), "analyst", "known", "must end after"),
        (
            Wish("r1", since=NOW - timedelta(days=9), until=NOW - timedelta(days=1)),
            "analyst",
            "known",
            "in the future",
        ),
        (Wish("r1", every=timedelta(days=31)), "analyst", "known", "up to 30 days"),
        (Wish("r1", group=["source.ip"]), "analyst", "known", "for suppression only"),
    ],
)
def test_what_would_hide_too_much_is_refused(
    kept: RuleExceptions, wish: Wish, by: str, why: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        kept.add(wish, by, why)
    assert kept.list() == []


def test_ending_keeps_what_it_explains(kept: RuleExceptions, office: Office) -> None:
    made = kept.add(Wish("r1"), "analyst", "known")
    office.clock.advance(timedelta(days=2))
    ended = kept.end(made.id, "admin", "the scanner is gone")
    assert (ended.until, ended.ended_by) == (office.clock.now(), "admin")
    standing = Exceptions(kept.list())
    early, late = (
        Event("flow", {"event.id": "e", "@timestamp": NOW + timedelta(days=day)}) for day in (1, 3)
    )
    assert [standing.admits("r1", event) for event in (early, late)] == [False, True]
    with pytest.raises(Refused, match="over already"):
        kept.end(made.id, "admin", "again")
    with pytest.raises(Refused, match="there is no exception X-1"):
        kept.end("X-1", "admin", "never was")


def test_one_that_is_to_come_ends_before_it_began(kept: RuleExceptions) -> None:
    made = kept.add(Wish("r1", since=NOW + timedelta(days=5)), "analyst", "maintenance")
    ended = kept.end(made.id, "analyst", "called off")
    assert ended.since == ended.until == NOW
