"""Indicators entered by hand: found in what was stored, graded by lists, ended, withdrawn, audited."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from detections.intel.roles import role_of
from taishi.app.desk import Desk, open_desk
from taishi.app.hand_entries import ID, PURPOSES
from taishi.core.clock import FixedClock
from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem, Refused
from taishi.core.records import Person
from tests.app.test_intel import NOW, counts, flows, pipeline
from tests.enrichment.intel.feeds import attribute, event
from tests.enrichment.intel.test_misp_server import KEY, MockMISP
from tests.servers.feed_server import site

BAD = "198.51.100.7"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    found.state.put(Person("u1", "张三", ("analyst",), "-"), Person("u2", "李四", ("auditor",), "-"))
    yield found
    found.close()


def test_what_is_entered_is_found_in_what_was_stored_and_withdrawing_ends_it(
    desk: Desk, tmp_path: Path
) -> None:
    one = pipeline(desk, tmp_path)
    one.take(flows(tmp_path / "a.jsonl", *[("10.34.2.15", BAD)] * 3))
    one.detect()
    assert counts(desk) == {}
    (made,) = desk.hand_entries.enter([BAD], "省厅通报的控制端", "u1", level="high")
    one.know(desk.intel.index())
    one.detect()
    assert counts(desk) == {"10.34.2.15": 3}
    (alert,) = desk.alerts.list(limit=None).alerts
    assert (alert.verdict.threat, alert.verdict.level) == ("compromised", "high")
    (origin,) = alert.verdict.because[0].origins
    assert (origin.info, origin.producer, origin.value) == ("省厅通报的控制端", "张三", BAD)

    gone = desk.hand_entries.withdraw(BAD, "u1", "核实为误报")
    assert gone.report.id == made.report.id
    assert desk.hand_entries.all() == []
    one.know(desk.intel.index())
    one.take(flows(tmp_path / "b.jsonl", ("10.34.2.16", BAD), hour=3))
    one.detect()
    assert counts(desk) == {"10.34.2.15": 3}, "the alert stays, no new one is made"
    lines = (line for line in desk.state.decisions() if line.object_id == made.report.id)
    acts = [(line.action, line.actor, line.why) for line in lines]
    assert acts == [("enter", "u1", "省厅通报的控制端"), ("withdraw", "u1", "核实为误报")]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_detection_knows_each_purpose(desk: Desk, purpose: str) -> None:
    (made,) = desk.hand_entries.enter(["bad.example.org"], "通报", "u1", purpose=purpose)  # type: ignore[arg-type]
    assert role_of(made.indicator, made.report) == purpose


@pytest.mark.parametrize(
    ("value", "kind", "normal"),
    [
        ("198.51.100.0/24", "network", "198.51.100.0/24"),
        (" Bad.Example.ORG ", "domain", "bad.example.org"),
        ("http://bad.example.org/x", "url", "bad.example.org/x"),
        ("A" * 32, "md5", "a" * 32),
        ("b" * 64, "sha256", "b" * 64),
        ("a@bad.example.org", "email", "a@bad.example.org"),
    ],
)
def test_the_type_is_told_by_the_value(desk: Desk, value: str, kind: str, normal: str) -> None:
    (made,) = desk.hand_entries.enter([value], "通报", "u1")
    assert (made.indicator.type, made.indicator.value) == (kind, normal)
    (again,) = desk.hand_entries.enter([normal], "再次通报", "u1", until=NOW + timedelta(days=3))
    assert [one.report.info for one in desk.hand_entries.all()] == ["再次通报"]
    assert again.indicator.expires == NOW + timedelta(days=3)


def test_lists_grade_it_and_say_so(desk: Desk) -> None:
    (made,) = desk.hand_entries.enter(["10.34.2.1"], "通报", "u1")
    assert made.indicator.silenced
    assert made.indicator.marks


def test_what_is_refused_leaves_nothing(desk: Desk) -> None:
    enter = desk.hand_entries.enter
    with pytest.raises(Refused, match="理由"):
        enter([BAD], " ", "u1")
    with pytest.raises(Refused, match="有效期"):
        enter([BAD], "通报", "u1", until=NOW - timedelta(days=1))
    with pytest.raises(Refused, match="有效期"):
        enter([BAD], "通报", "u1", until=NOW + timedelta(days=400))
    with pytest.raises(Refused, match="无权"):
        enter([BAD], "通报", "u2")
    with pytest.raises(Problem, match="is no domain name"):
        enter([BAD, "nonsense"], "通报", "u1")
    with pytest.raises(Refused, match="值"):
        enter([" "], "通报", "u1")
    with pytest.raises(Problem, match="nobody entered"):
        desk.hand_entries.withdraw(BAD, "u1", "误")
    assert desk.hand_entries.all() == []


def test_it_is_a_source_of_which_there_is_nothing_to_fetch(desk: Desk) -> None:
    desk.hand_entries.enter([BAD], "通报", "u1")
    (one,) = desk.intel.sources()
    done = desk.intel.sync(one.source)
    assert (one.source.id, done.problems, done.indicators) == (ID, (), 1)
    assert len(desk.hand_entries.all()) == 1


def test_sightings_go_back_after_each_look_where_that_is_set(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISP_TEST_KEY", KEY)
    mock = MockMISP(event("one", attribute("ip-dst", BAD)))
    with site(mock) as running:
        given = IntelSource("", "misp", "misp-server", running.url, NOW, key="env:MISP_TEST_KEY")
        desk.intel.keep_up(desk.intel.add(given, "system"))
        one = pipeline(desk, tmp_path)
        one.take(flows(tmp_path / "a.jsonl", ("10.34.2.15", BAD)))
        one.detect()
        desk.intel.keep_up(desk.intel.source("misp"))
        assert mock.sightings == [], "nothing leaves the house unasked"
        with pytest.raises(Refused, match="无权"):
            desk.intel.set_telling("misp", "u1", tells=True)
        for _ in range(2):
            desk.intel.keep_up(desk.intel.set_telling("misp", "system", tells=True))
        assert len(mock.sightings) == 1, "each sighting once"
        one.close()
