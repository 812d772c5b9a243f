"""A command of ours in a process of its own: how long it took, and its memory with that of its children."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.1


@dataclass(frozen=True)
class Watched:
    """`document` is what it printed with --json; `peak_mb` the largest sum of proportional set sizes."""

    document: dict
    seconds: float
    cpu_s: float
    peak_mb: float


def watched(*arguments: str) -> Watched:
    program = str(Path(sys.executable).with_name("taishi"))
    before, started = os.times(), time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own command
        [program, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        peak: list[int] = [0]
        watcher = threading.Thread(target=_watch, args=(process, peak))
        watcher.start()
        said, _ = process.communicate()
        watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)}: exit {process.returncode}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Watched(json.loads(said), time.perf_counter() - started, cpu, peak[0] / 1024)


def _watch(process: subprocess.Popen, peak: list[int]) -> None:
    while process.poll() is None:
        own = _name(process.pid)
        # A child that has the command's own name has only just forked: its memory is its parent's.
        family = [pid for pid in _family(process.pid) if pid == process.pid or _name(pid) != own]
        peak[0] = max(peak[0], sum(map(_kilobytes, family)))
        time.sleep(_EVERY_S)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))
    except OSError:  # it has ended meanwhile
        return


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def _kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
