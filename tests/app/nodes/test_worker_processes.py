"""Real worker processes on one state: killed and stopped at any moment, they find what one finds alone."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.desk import Desk
from taishi.app.nodes.slices import cut_upto
from taishi.core.node_records import FoundHit, Lease
from tests.app.nodes.conftest import flows, found_alone

#: So many events, and workers killed on the way.
EVENTS, KILLS = (500_000, 50) if os.environ.get("TAISHI_SOAK") else (60_000, 2)
PATIENCE_S = 300


class Workers:
    """`taishi worker` processes by their names."""

    def __init__(self, data: Path, state: str | None) -> None:
        self._place = ["--data", str(data), *(["--state-store", state] if state else [])]
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", "taishi.cli.main", "worker", *self._place]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        self.running[name] = subprocess.Popen([*command, "--name", name, "--patience", "1"], **options)  # type: ignore[call-overload]

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.communicate()

    def stop(self) -> int:
        """Ends them kindly; gives how many events they have judged."""
        said = 0
        for process in self.running.values():
            assert process.stdout is not None
            assert process.stdout.readline().startswith("at work")
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            said += int(process.communicate(timeout=30)[0].splitlines()[-1].split()[2])
        self.running.clear()
        return said


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, open_data: Callable[..., Desk]) -> tuple[Desk, Workers]:
    state = request.getfixturevalue("postgresql").fresh() if request.param == "postgresql" else None
    desk = open_data("data", state)
    return desk, Workers(desk.data, state)


def wait_for(met: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        time.sleep(0.02)


def all_judged(desk: Desk) -> bool:
    return cut_upto(desk.state) == desk.events.stream(None, 10_000_000)[1] and not desk.state.find(Lease)


def test_each_slice_is_judged_once(crowd: tuple[Desk, Workers]) -> None:
    desk, workers = crowd
    desk.events.write(flows(10_000, first) for first in range(0, EVENTS // 2, 10_000))
    alone = found_alone(desk)
    for name in ("a", "b"):
        workers.start(name)
    wait_for(lambda: all_judged(desk), "all is judged")
    assert workers.stop() == EVENTS // 2
    assert {one.id: one.hit for one in desk.state.find(FoundHit)} == alone


def test_killed_and_stopped_at_any_moment(crowd: tuple[Desk, Workers]) -> None:
    desk, workers = crowd
    desk.events.write(flows(10_000, first) for first in range(0, EVENTS, 10_000))
    alone, seeded = found_alone(desk), random.Random(5)
    for name in ("a", "b", "stopped"):
        workers.start(name)
    held = lambda name: any(one.holder == name for one in desk.state.find(Lease))  # noqa: E731
    wait_for(lambda: held("stopped"), "the one that is stopped holds something")
    workers.running["stopped"].send_signal(signal.SIGSTOP)
    for number in range(KILLS):
        name = seeded.choice(["a", "b"])
        wait_for(lambda: held(name) or all_judged(desk), "a worker holds something")  # noqa: B023
        workers.kill(name)
        workers.start(name)
        time.sleep(seeded.random() / 5 * (number + 1 < KILLS))
    wait_for(lambda: all_judged(desk), "all is judged without those that are gone")
    workers.running["stopped"].send_signal(signal.SIGCONT)
    time.sleep(0.5)
    workers.stop()
    assert {one.id: one.hit for one in desk.state.find(FoundHit)} == alone
    assert desk.state.find(Lease) == []
