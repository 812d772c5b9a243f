"""Intelligence in the pipeline: hits become alerts, what is new is found in what was stored, once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detections.detector import Behaviours
from detections.engine.load import RulePack
from detections.networks import Networks
from detections.rule_watch import RuleWatch
from taishi.app.desk import Desk, open_desk
from taishi.app.pipeline import Pipeline
from taishi.core.clock import FixedClock
from taishi.core.indicators import IntelSource
from tests.enrichment.intel.feeds import attribute, event, write_feed

NOW = datetime(2026, 11, 17, 8, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    yield found
    found.close()


def pipeline(desk: Desk, tmp_path: Path) -> Pipeline:
    rules = RuleWatch(RulePack(), Networks())
    return Pipeline(desk, rules, Behaviours(Networks(), desk.intel.index()), (), memory=tmp_path / "memory")


def flows(path: Path, *ends: tuple[str, str], hour: int = 2) -> Path:
    lines = [
        {
            "@timestamp": f"2026-11-17T{hour:02}:00:{n:02}Z",
            "event": {"category": ["network"]},
            "source": {"ip": source, "port": 50000 + n},
            "destination": {"ip": target, "port": 443},
            "network": {"transport": "tcp"},
        }
        for n, (source, target) in enumerate(ends)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def counts(desk: Desk) -> dict[str, int]:
    return {one.verdict.subject: one.verdict.count for one in desk.alerts.list(limit=None).alerts}


def test_what_is_new_is_found_in_what_was_stored_once_also_over_a_restart(desk: Desk, tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed", event("one", attribute("ip-dst", "198.51.100.7")))
    source = desk.intel.add(IntelSource("", "cert", "misp-feed", str(feed), NOW), "system")
    desk.intel.sync(source)
    one = pipeline(desk, tmp_path)
    ends = [("10.34.2.15", "198.51.100.7")] * 3 + [("10.34.2.16", "198.51.100.8")] * 2
    one.take(flows(tmp_path / "a.jsonl", *ends))
    one.detect()
    assert counts(desk) == {"10.34.2.15": 3}
    write_feed(
        feed,
        event("one", attribute("ip-dst", "198.51.100.7")),
        event("two", attribute("ip-dst", "198.51.100.8")),
    )
    desk.intel.sync(source)
    one.know(desk.intel.index())
    one.detect()
    one.detect()
    assert counts(desk) == {"10.34.2.15": 3, "10.34.2.16": 2}
    one.close()
    again = pipeline(desk, tmp_path)
    again.take(flows(tmp_path / "b.jsonl", ("10.34.2.15", "198.51.100.7"), hour=3))
    again.detect()
    assert counts(desk) == {"10.34.2.15": 4, "10.34.2.16": 2}
    assert desk.intel.sighted()[source.id][0].count == 4


def test_what_a_list_silences_later_makes_no_new_hit(desk: Desk, tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed", event("one", attribute("ip-dst", "10.9.9.9")))
    source = desk.intel.add(IntelSource("", "cert", "misp-feed", str(feed), NOW), "system")
    desk.intel.sync(source)
    assert len(desk.intel.index()) == 0
    for name in ("rfc1918", "rfc5735"):
        desk.intel.set_list(name, "note", "system")
    assert len(desk.intel.index()) == 1
