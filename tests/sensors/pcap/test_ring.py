"""The ring of packets: its limits hold at every moment, the newest is there, a kill leaves it readable."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap.capture import opened
from sensors.pcap.ring import Ring, Segments, Stamps
from taishi.core.clock import FixedClock
from taishi.core.source import Source

BEGUN = 1_772_409_600
MOST, AGE_S = 16_000, 800


def batch(first: int, sizes: list[int], second: int) -> tuple[bytes, Stamps]:
    """Packets that hold their number in every four bytes, all of one second."""
    frames = [(first + n).to_bytes(4, "big") * (size // 4) for n, size in enumerate(sizes)]
    ends = np.cumsum([len(frame) for frame in frames])
    rows = [
        (second, n, int(end) - len(frame), len(frame))
        for n, (frame, end) in enumerate(zip(frames, ends, strict=True))
    ]
    return b"".join(frames), np.array(rows, np.uint32)


def numbers(folder: Path) -> list[int]:
    """Of the packets in the ring, oldest first; each must be whole."""
    found = []
    for path in sorted(folder.glob("*.pcap")):
        with opened(Source.of(path), lambda *_: None) as capture:
            assert capture is not None
            for chunk in capture.chunks(lambda *_: None):
                for n in range(len(chunk.meta)):
                    frame, _ = chunk.frame(n)
                    assert frame == frame[:4] * (len(frame) // 4)
                    found.append(int.from_bytes(frame[:4], "big"))
    return found


@given(
    st.lists(
        st.tuples(st.lists(st.integers(4, 700), min_size=1, max_size=40), st.integers(0, 400)), max_size=25
    )
)
@settings(max_examples=60, deadline=None)
def test_limits_hold_and_the_newest_is_there(rounds: list[tuple[list[int], int]]) -> None:
    with tempfile.TemporaryDirectory() as kept:
        folder, now, written = Path(kept), BEGUN, 0
        told: list[int] = []
        segments = Segments(folder, 1, MOST, AGE_S)
        for sizes, waited in rounds:
            now += waited
            data, meta = batch(written, sizes, now)
            segments.write(data, meta)
            told += [now] * len(sizes)
            written += len(sizes)
            segments.prune(datetime.fromtimestamp(now, UTC))
            there = sum(path.stat().st_size for path in folder.glob("*.pcap"))
            assert there == segments.size <= MOST + MOST // 16
            found = numbers(folder)
            assert found[-1] == written - 1
            assert all(two == one + 1 for one, two in pairwise(found))
            assert told[found[0]] >= now - AGE_S - AGE_S // 8
        segments.close()


def test_what_is_old_goes_on_a_wire_that_has_gone_quiet(tmp_path: Path) -> None:
    segments = Segments(tmp_path, 1, MOST, AGE_S)
    segments.write(*batch(0, [100], BEGUN))
    segments.prune(datetime.fromtimestamp(BEGUN + AGE_S, UTC))
    assert numbers(tmp_path) == [0]
    segments.prune(datetime.fromtimestamp(BEGUN + AGE_S + 1, UTC))
    assert list(tmp_path.iterdir()) == []
    segments.write(*batch(1, [100], BEGUN + AGE_S + 2))
    assert numbers(tmp_path) == [1]
    segments.close()


def test_files_are_nobody_elses_and_a_new_run_goes_on(tmp_path: Path) -> None:
    for run in range(3):
        segments = Segments(tmp_path, 1, MOST, AGE_S)
        segments.write(*batch(run, [100], BEGUN))
        segments.close()
    assert numbers(tmp_path) == [0, 1, 2]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_full_disk_is_counted_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.pcap.ring.RESERVE", 1 << 60)
    clock = FixedClock(datetime.fromtimestamp(BEGUN, UTC))
    ring = Ring(lambda: Segments(tmp_path, 1, MOST, AGE_S), clock, "mirror")
    ring.start()
    ring.put(*batch(0, [100] * 7, BEGUN))
    ring.stop()
    assert (ring.dropped, list(tmp_path.iterdir())) == (7, [])


def test_what_finds_no_room_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.pcap.ring.ROOM", 250)
    clock = FixedClock(datetime.fromtimestamp(BEGUN, UTC))
    ring = Ring(lambda: Segments(tmp_path, 1, MOST, AGE_S), clock, "mirror")
    ring.put(*batch(0, [100, 100], BEGUN))
    ring.put(*batch(2, [100], BEGUN))
    ring.start()
    ring.stop()
    assert (ring.dropped, numbers(tmp_path)) == (1, [0, 1])


_WRITER = """
import sys
from pathlib import Path
from sensors.pcap.ring import Segments
from tests.sensors.pcap.test_ring import BEGUN, batch

segments, number = Segments(Path(sys.argv[1]), 1, 1 << 20, 3600), 0
while True:
    segments.write(*batch(number, [200] * 50, BEGUN + number // 5000))
    number += 50
    print(number, flush=True)
"""


def test_a_kill_leaves_readable_files(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert writer.stdout is not None
    done = 0
    deadline = time.monotonic() + 60
    while done < 20_000:
        done = int(writer.stdout.readline())
        assert time.monotonic() < deadline
    os.kill(writer.pid, signal.SIGKILL)
    done = max([done, *(int(line) for line in writer.stdout.read().split("\n")[:-1])])
    writer.wait()
    writer.stdout.close()
    found = numbers(tmp_path)
    assert found[-1] >= done - 1
    assert all(two == one + 1 for one, two in pairwise(found))
    Segments(tmp_path, 1, 1 << 20, 3600).write(*batch(10**9, [200], BEGUN + 9000))
    assert numbers(tmp_path)[-1] == 10**9
