"""Rules over stored events: seen once, gone on with after a restart, seen anew where they must be."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detections.engine.load import load_rules
from detections.networks import PRIVATE, Networks
from detections.rule_watch import RuleWatch
from playbooks.playbook import playbooks
from taishi.app.desk import Desk, open_desk
from taishi.app.pipeline import Pipeline
from taishi.core.clock import FixedClock
from taishi.core.event import BatchBuilder
from taishi.core.problems import Problem
from taishi.core.records import Hit
from tests.app.test_pipeline import Says

NOW = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
RULE = """title: Telnet
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0600
status: test
logsource: {product: taishi, category: flow}
detection:
  selection: {network.protocol: telnet}
  condition: selection
level: medium
"""
MANY = """---
title: Much telnet
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0601
correlation:
  type: event_count
  generate: true
  rules: [6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0600]
  group-by: [source.ip]
  timespan: 1h
  condition: {gte: 4}
level: high
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    yield found
    found.close()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules.yml").write_text(RULE + MANY)
    return tmp_path / "rules.yml"


def watch(desk: Desk, rules: Path) -> RuleWatch:
    return RuleWatch(load_rules([rules]), Networks(PRIVATE), find=desk.events.get)


def pipeline(desk: Desk, rules: Path, networks: str = "ours") -> Pipeline:
    return Pipeline(desk, watch(desk, rules), Says(), playbooks(), networks=networks)


def store(desk: Desk, numbers: range) -> None:
    builder = BatchBuilder("flow", "test", "test")
    for number in numbers:
        at = NOW - timedelta(minutes=60 - number)
        row = {"source.ip": "10.34.2.15", "destination.ip": "192.0.2.1", "network.protocol": "telnet"}
        builder.add(number, {"@timestamp": at, **row})
    made = builder.take()
    assert made is not None
    desk.events.write([made])


def titles(desk: Desk) -> list[tuple[str, int]]:
    return sorted((hit.title.en, hit.count) for hit in desk.state.find(Hit))


def test_a_restart_sees_only_what_is_new_and_forgets_nothing(desk: Desk, rules: Path) -> None:
    store(desk, range(2))
    assert pipeline(desk, rules).detect() == 2
    store(desk, range(2, 4))
    again = pipeline(desk, rules)
    assert again.detect() == 2
    assert titles(desk) == [("Much telnet", 4), *[("Telnet", 1)] * 4]
    assert again.detect() == 0
    assert pipeline(desk, rules).detect() == 0


def test_other_networks_start_anew_and_change_nothing(desk: Desk, rules: Path) -> None:
    store(desk, range(4))
    assert pipeline(desk, rules).detect() == 4
    before = titles(desk)
    assert pipeline(desk, rules, "others").detect() == 4
    assert titles(desk) == before


def test_a_place_that_is_no_more_is_not_trusted(tmp_path: Path, rules: Path) -> None:
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    store(desk, range(4))
    pipeline(desk, rules).detect()
    desk.close()
    shutil.rmtree(tmp_path / "data" / "events")
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    store(desk, range(10, 13))
    assert pipeline(desk, rules).detect() == 3
    desk.close()


@pytest.mark.parametrize("damaged", ["", "{", '{"cursor":"1"}'])
def test_a_damaged_note_of_the_place_starts_anew(desk: Desk, rules: Path, damaged: str) -> None:
    store(desk, range(4))
    pipeline(desk, rules).detect()
    desk.state.set_setting("rules.progress", damaged)
    assert pipeline(desk, rules).detect() == 4


def test_an_unreadable_memory_starts_anew(desk: Desk, rules: Path) -> None:
    store(desk, range(4))
    pipeline(desk, rules).detect()
    text = desk.state.setting("rules.progress")
    assert text is not None
    desk.state.set_setting("rules.progress", text.replace('"watch":"', '"watch":"AAAA'))
    assert pipeline(desk, rules).detect() == 4


def test_the_place_moves_only_once_everything_is_judged(
    desk: Desk, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(desk, range(2))
    with monkeypatch.context() as patched:
        patched.setattr(
            type(desk.state), "put", lambda *_: (_ for _ in ()).throw(Problem("database is locked"))
        )
        assert pipeline(desk, rules).detect() == 2
    assert pipeline(desk, rules).detect() == 2
    assert titles(desk) == [("Telnet", 1)] * 2


def test_new_rules_see_what_comes_and_known_correlations_go_on(
    desk: Desk, rules: Path, tmp_path: Path
) -> None:
    one = pipeline(desk, rules)
    store(desk, range(3))
    one.detect()
    other = tmp_path / "other.yml"
    other.write_text(RULE + MANY + "---\n" + RULE.replace("0600", "0602").replace("Telnet", "New"))
    one.renew(watch(desk, other))
    store(desk, range(3, 5))
    assert one.detect() == 2
    assert titles(desk) == [("Much telnet", 5), *[("New", 1)] * 2, *[("Telnet", 1)] * 5]


def test_a_pack_that_was_taken_out_says_no_more(desk: Desk, rules: Path, tmp_path: Path) -> None:
    one = pipeline(desk, rules)
    store(desk, range(3))
    one.detect()
    other = tmp_path / "other.yml"
    other.write_text(RULE.replace("0600", "0602").replace("Telnet", "New"))
    one.renew(watch(desk, other))
    store(desk, range(3, 5))
    one.detect()
    assert titles(desk) == [*[("New", 1)] * 2, *[("Telnet", 1)] * 3]
