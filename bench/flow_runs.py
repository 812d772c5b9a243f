"""Whole processes and what they cost: ours, and the peers that this machine has."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Reads one capture with everything the sensor knows, and drops the events.
_METADATA = """
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
from pathlib import Path
from sensors.pcap import SENSOR
from taishi.core.source import Source

for batch in SENSOR.read(Source.of(Path(sys.argv[1])), lambda *_: None):
    pass
"""
#: Flows as Arrow batches, which are dropped; numpy as `taishi` starts it.
_ARROW = """
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
from pathlib import Path
from sensors.pcap.meter import meter

for batch in meter([Path(sys.argv[1])], lambda *_: None).flows:
    pass
"""
#: The most flows that are alive at once.
_PEAK = """
import sys
from pathlib import Path
from sensors.pcap.compiled.table import Table
from sensors.pcap.limits import Limits
from sensors.pcap.meter import Tally, pass_through
from taishi.core.source import Source

table, peak = Table(Limits(), listening=False), 0
for _ in pass_through(Source.of(Path(sys.argv[1])), table, Tally(), lambda *_: None):
    peak = max(peak, table.alive)
    table.release()
print(peak)
"""
#: A process begins with its parent's highest memory: the parent must be small.
_MEASURE = """
import os, sys

child = os.fork()
if not child:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""
_NFSTREAM = """
import sys
from nfstream import NFStreamer

for flow in NFStreamer(source=sys.argv[1], n_dissections=0, n_meters=1):
    pass
"""


@dataclass(frozen=True)
class Cost:
    """Of one process and all that it waited for."""

    cpu_s: float
    rss_mib: float


def cost(command: Sequence[str]) -> Cost:
    """Runs it to its end. Raises CalledProcessError where it fails."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run(  # noqa: S603 - our own command lines
        [sys.executable, "-S", "-c", _MEASURE, *command], check=True, capture_output=True, env=clean
    )
    cpu, rss = told.stdout.split()[-2:]
    return Cost(float(cpu), float(rss) / 1024)


def peak_flows(capture: Path) -> int:
    """How many flows our meter holds at most at the end of a chunk."""
    return int(_told([sys.executable, "-c", _PEAK, str(capture)]))


def parts(capture: Path) -> dict[str, float]:
    """CPU-seconds with metadata, by part."""
    script = Path(__file__).with_name("flow_parts.py")
    found: dict[str, float] = json.loads(_told([sys.executable, str(script), str(capture)]))
    return found


def _told(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def ours(capture: Path) -> dict[str, list[str]]:
    taishi = [
        sys.executable,
        "-c",
        "from taishi.cli import main; raise SystemExit(main())",
        "flows",
        str(capture),
        "--json",
    ]
    return {
        "taishi flows": taishi,
        "taishi flows, as Arrow": [sys.executable, "-c", _ARROW, str(capture)],
        "taishi flows, as Parquet": [*taishi, "--out", str(capture.with_suffix(".parquet"))],
        "taishi with metadata": [sys.executable, "-c", _METADATA, str(capture)],
    }


def peers(capture: Path, work: Path) -> dict[str, list[str]]:
    """By name, as far as they are installed."""
    flows = work / "nfpcapd"
    shutil.rmtree(flows, ignore_errors=True)
    flows.mkdir()
    known = {
        "softflowd": ["softflowd", "-r", str(capture), "-n", "127.0.0.1:9", "-d", "-c", "none",
                      "-p", str(work / "softflowd.pid")],
        "argus": ["argus", "-r", str(capture), "-w", str(work / "argus.out")],
        "nfpcapd+nfdump": ["sh", "-c", f"nfpcapd -r '{capture}' -w '{flows}' && nfdump -R '{flows}' -q -I"],
        "ndpiReader": ["ndpiReader", "-q", "-i", str(capture)],
    }  # fmt: skip
    programs = {"nfpcapd+nfdump": "nfpcapd"}
    return {name: command for name, command in known.items() if shutil.which(programs.get(name, name))}


def nfstream(capture: Path, work: Path) -> list[str] | None:
    """In an environment of its own; None where it cannot be made."""
    python = work / "nfstream" / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(work / "nfstream")], check=True)  # noqa: S603
            subprocess.run([str(python), "-m", "pip", "install", "-q", "nfstream==6.5.4"], check=True)  # noqa: S603
    except subprocess.CalledProcessError:
        return None
    return [str(python), "-c", _NFSTREAM, str(capture)]
