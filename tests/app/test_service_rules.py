"""Rules in the running service: put in and taken out without a stop, and what a kill leaves of them."""

import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.app.rule_costs import read_costs
from taishi.app.rule_exceptions import RuleExceptions, Wish
from taishi.core.ports import Find, Query
from taishi.core.records import Hit
from tests.app.running import health, healthy, service, wait_for
from tests.app.test_rulebook import lay

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
FAILED = "6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0301"
MANY = "6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0302"
CLEARED = "6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0303"
CORRELATION = f"""title: Failed logon
id: {FAILED}
name: failed_logon
status: test
logsource: {{product: windows, service: security}}
detection:
  selection: {{EventID: 4625}}
  condition: selection
level: low
---
title: Many failed logons
id: {MANY}
tags: [attack.t1110]
correlation:
  type: event_count
  rules: [failed_logon]
  group-by: [IpAddress, Computer]
  timespan: 10m
  condition: {{gte: 5}}
level: high
"""
SPECIAL = f"""title: Special privileges
id: {CLEARED}
status: test
logsource: {{product: windows, service: security}}
detection:
  selection: {{EventID: 4672}}
  condition: selection
level: medium
"""


def drop(data: Path, name: str, numbers: range, code: int = 4625, host: str = "dc1") -> None:
    """A file of Windows events into the inbox, the nth so many minutes after the start."""
    records = (
        {
            "@timestamp": (START + timedelta(minutes=number)).isoformat(),
            "EventID": code,
            "Channel": "Security",
            "Provider_Name": "Microsoft-Windows-Security-Auditing",
            "Computer": host,
            "IpAddress": "203.0.113.9",
            "TargetUserName": "bob",
        }
        for number in numbers
    )
    inbox = data / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    new = inbox / f"{name}.part"
    new.write_text("".join(json.dumps(one) + "\n" for one in records))
    new.rename(inbox / f"{name}.jsonl")


def hits(data: Path, rule: str) -> list[Hit]:
    desk = open_desk(data, read_only=True)
    try:
        return desk.state.find(Hit, Find({"rule": rule}))
    finally:
        desk.close()


def events(data: Path) -> int:
    desk = open_desk(data, read_only=True)
    try:
        return desk.events.count(Query())
    finally:
        desk.close()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TAISHI_CACHE", str(tmp_path / "cache"))
    found = tmp_path / "data"
    lay(found / "rules" / "logons", many=CORRELATION)
    return found


def test_a_correlation_whose_first_half_came_before_a_kill_fires(data: Path) -> None:
    with service(data) as (process, address):
        wait_for(lambda: healthy(address), "console answers")
        drop(data, "one", range(3))
        wait_for(lambda: events(data) == 3, "three events are stored")
        time.sleep(6)
        process.kill()
        process.wait()
    assert hits(data, MANY) == []
    with service(data) as (_, address):
        wait_for(lambda: healthy(address), "console answers again")
        drop(data, "two", range(3, 5))
        wait_for(lambda: len(hits(data, MANY)) == 1, "the correlation fires")
    (hit,) = hits(data, MANY)
    assert (hit.subject, hit.count, len(hit.evidence)) == ("dc1", 5, 5)
    assert hits(data, FAILED) == []


def test_rules_are_changed_without_a_stop(data: Path, tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    with service(data) as (_, address):
        wait_for(lambda: healthy(address), "console answers")
        drop(data, "one", range(3))
        drop(data, "special", range(3), code=4672)
        wait_for(lambda: events(data) == 6, "events are stored")
        time.sleep(6)
        costs = read_costs(data)
        assert costs is not None
        assert {one.rule: one.hits for one in costs.rules}[FAILED] == 3
        before = log.read_text().count(" rules, ")
        lay(data / "rules" / "special", privileges=SPECIAL)
        wait_for(lambda: log.read_text().count(" rules, ") > before, "the new rule is loaded")
        time.sleep(6)
        drop(data, "two", range(3, 5))
        drop(data, "later", range(7, 9), code=4672)
        wait_for(lambda: len(hits(data, MANY)) == 1, "the correlation goes on and fires")
        wait_for(lambda: len(hits(data, CLEARED)) == 2, "the new rule hits what came after it, and only that")

        (data / "rules" / "broken.zip").write_bytes(b"PK no archive")
        wait_for(lambda: "broken.zip" in str(health(address)), "the broken pack is told")
        drop(data, "more", range(10, 11), code=4672)
        wait_for(lambda: len(hits(data, CLEARED)) == 3, "the old rules go on")
        (data / "rules" / "broken.zip").unlink()
        wait_for(lambda: healthy(address), "all is well again")

        shutil.rmtree(data / "rules" / "special")
        before = log.read_text().count(" rules, ")
        wait_for(lambda: log.read_text().count(" rules, ") > before, "the rule is gone")
        time.sleep(6)
        drop(data, "last", range(12, 14), code=4672)
        wait_for(lambda: events(data) == 13, "events are stored")
        time.sleep(6)
    assert len(hits(data, CLEARED)) == 3


def test_a_broken_pack_at_the_start_keeps_no_other_out(data: Path) -> None:
    (data / "rules" / "broken.zip").write_bytes(b"PK no archive")
    drop(data, "one", range(5))
    with service(data) as (_, address):
        wait_for(lambda: "broken.zip" in str(health(address)), "the broken pack is told")
        wait_for(lambda: len(hits(data, MANY)) == 1, "the others work")


def test_an_exception_holds_from_the_next_look_on(data: Path) -> None:
    lay(data / "rules" / "special", privileges=SPECIAL)
    with service(data) as (_, address):
        wait_for(lambda: healthy(address), "console answers")
        drop(data, "one", range(2), code=4672)
        wait_for(lambda: len(hits(data, CLEARED)) == 2, "the rule hits")
        desk = open_desk(data, read_only=True)
        try:
            wish = Wish(CLEARED, {"host.name": "dc1"}, since=START)
            made = RuleExceptions(desk.state, desk.clock).add(wish, "admin", "known")
        finally:
            desk.close()
        drop(data, "two", range(2, 5), code=4672)

        def kept_back() -> bool:
            costs = read_costs(data)
            return costs is not None and costs.excepted.get(made.id) == 2 + 3

        wait_for(kept_back, "two that stand already and three that come are counted")
    assert len(hits(data, CLEARED)) == 2
