"""Once compiled, the machine code stands by itself: a start that only reads captures loads no numba."""

import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
from sensors.pcap import SENSOR
from sensors.pcap.meter import meter
from taishi.core.source import Source

path = Path(sys.argv[1])
flows = sum(len(batch) for batch in meter([path], lambda *_: None).flows)
events = sum(len(batch) for batch in SENSOR.read(Source.of(path), lambda *_: None))
print(flows, events, meter([path], lambda *_: None).counted(), "numba" in sys.modules)
"""


def run(path):
    command = [sys.executable, "-c", PROGRAM, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=250).stdout.split()


def test_it_needs_no_numba_once_it_is_kept(frames, session, tmp_path, monkeypatch):
    said = (
        session(80)
        .opened()
        .asks(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .answers(b"HTTP/1.1 200 OK\r\n\r\n")
        .closed()
    )
    path = tmp_path / "web.pcap"
    path.write_bytes(frames.capture(said.frames))
    assert run(path)[:3] == ["1", "2", "1"]
    assert run(path) == ["1", "2", "1", "False"]
