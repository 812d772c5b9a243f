"""With workers the service comes to the alerts that it comes to by itself."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from taishi.app.desk import Desk
from taishi.app.export import event_line
from taishi.app.nodes.waiting import Waiting
from taishi.app.nodes.worker import Worker
from taishi.app.service import Service
from taishi.core.clock import FixedClock
from taishi.core.node_records import FoundHit
from taishi.core.records import Alert, Hit
from tests.app.conftest import NOW
from tests.app.nodes.conftest import flows

PACK = """title: Telnet seen
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0601
name: telnet_seen
logsource: {product: taishi, category: flow}
detection: {selection: {network.protocol: telnet}, condition: selection}
level: informational
---
title: Much telnet to one host
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0602
correlation:
  type: event_count
  rules: [telnet_seen]
  group-by: [destination.ip]
  timespan: 10m
  condition: {gte: 5}
level: high
"""


def laid(desk: Desk, count: int) -> None:
    (desk.data / "rules").mkdir()
    (desk.data / "rules" / "own.yml").write_text(PACK, "utf-8")
    (desk.data / "inbox").mkdir(exist_ok=True)
    file = desk.data / "inbox" / "flows.jsonl"
    file.write_bytes(b"".join(event_line(event) + b"\n" for event in flows(count).events()))
    os.utime(file, (0, 0))


def alerts(desk: Desk) -> list[tuple[str, str, int, tuple[str, ...]]]:
    return sorted(
        (one.id, one.verdict.level, one.verdict.count, tuple(why.rule for why in one.verdict.because))
        for one in desk.state.find(Alert)
    )


def test_workers_and_service_together_find_what_the_service_finds_alone(
    open_data: Callable[[str], Desk],
) -> None:
    alone, shared = open_data("alone"), open_data("shared")
    for desk in (alone, shared):
        laid(desk, 600)
    single = Service(alone.data, alone)
    service = Service(shared.data, shared, workers=True)
    worker = Worker(shared, "worker")
    for _ in range(3):
        single.look()
        service.look()
        while worker.step():
            pass
    assert alerts(shared) == alerts(alone)
    assert {why for *_, rules in alerts(shared) for why in rules} >= {"6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0602"}
    assert {hit.id for hit in shared.state.find(Hit)} == {hit.id for hit in alone.state.find(Hit)}
    assert shared.state.find(FoundHit) == []
    assert worker.judged == 600


def test_events_that_no_worker_looks_at_are_told(open_data: Callable[[str], Desk], tmp_path: Path) -> None:
    desk = open_data("data")
    desk.events.write([flows(50)])
    clock = FixedClock(NOW)
    waiting = Waiting(_with(desk, clock))
    _, upto = desk.events.stream(None)
    waiting.judged(upto)
    assert waiting.ailing() == []
    clock.advance(timedelta(seconds=61))
    waiting.judged(upto)
    assert "taishi worker" in waiting.ailing()[0]
    while Worker(desk, "worker").step():
        pass
    waiting.judged(upto)
    assert waiting.ailing() == []


def _with(desk: Desk, clock: FixedClock) -> Desk:
    from dataclasses import replace

    return replace(desk, clock=clock)
