"""Our own engine, timed: evaluation alone in a process of its own, and the real `taishi detect`.

As a program: engine_ours.py --rules DIR… --events FLAT.jsonl [--form FORM] [--pairs FILE].
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypedDict, cast

import numpy as np
import orjson

from detections.engine.load import load_rules
from detections.engine.sigma import SigmaEngine
from sensors.windows import ANSWERED
from sensors.winlog_json import SENSOR
from taishi.app.sigma_scan import settle
from taishi.core.event import Batch
from taishi.core.flat import FlatRecords, Mark
from taishi.core.source import Source
from taishi.kit.kept import Kept

#: Events that make the first chunk; mappings that are handed to the engine at once.
CHUNK = 8192
#: What a parsed event is: a row of a table, as from JSON lines, or a mapping, as from what is no plain line.
FORMS = ("tables", "mappings")


class Evaluated(TypedDict):
    """CPU-seconds by stage: rules (parsed or from the cache), the engine's making, JSON, evaluation.

    `first` is the first chunk, in which conditions are compiled for each class of events as it turns up; the
    peer does that while it loads. `timed` counts the events after it, which `evaluate` is about.
    """

    events: int
    timed: int
    hits: int
    rules: int
    waiting: list[str]
    cpu: dict[str, float]
    peak_rss_kib: int


@dataclass(frozen=True)
class Ran:
    """A child process: CPU-seconds (user and system), elapsed seconds, most memory."""

    cpu: float
    elapsed: float
    peak_rss_kib: int


def evaluate(
    rules: Sequence[Path], events: Path, cache: Path, pairs: Path | None = None, form: str = FORMS[0]
) -> Evaluated:
    """Runs this file as a program over flat lines."""
    command = [sys.executable, __file__, "--events", str(events), "--form", form, "--rules", *map(str, rules)]
    command += ["--pairs", str(pairs)] if pairs else []
    done = subprocess.run(  # noqa: S603 - ourselves
        command, check=True, capture_output=True, text=True, env=_environment(cache)
    )
    return cast(Evaluated, json.loads(done.stdout))


def detect(inputs: Sequence[Path], rules: Sequence[Path], cache: Path, out: Path) -> Ran:
    """`taishi detect INPUT… --rules DIR… --json > out`. Raises CalledProcessError where it fails."""
    command = [str(Path(sys.executable).parent / "taishi"), "detect", *map(str, inputs), "--json", "--rules"]
    command += map(str, rules)
    started = time.monotonic()
    with out.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=file, stderr=subprocess.PIPE, env=_environment(cache)
        )
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[:2], stderr=said)
    return Ran(usage.ru_utime + usage.ru_stime, elapsed, usage.ru_maxrss)


def _environment(cache: Path) -> dict[str, str]:
    """Bytecode is kept between starts, as it is where somebody installed us."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "TAISHI_CACHE": str(cache)}


def main() -> int:
    """Times our engine on events that are parsed already, chunk by chunk, so that memory stays flat."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", nargs="+", type=Path, required=True)
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--form", choices=FORMS, default=FORMS[0])
    parser.add_argument("--pairs", type=Path, default=Path(os.devnull))
    given = parser.parse_args()
    begun = time.process_time()
    kept = Kept(Path(os.environ["TAISHI_CACHE"]))
    pack = load_rules(given.rules, kept=kept)
    loaded = time.process_time()
    engine = SigmaEngine(pack.plan, kept)
    settle()  # as `taishi detect` does
    cpu = {"rules": loaded - begun, "engine": time.process_time() - loaded}
    cpu |= {"json": 0.0, "first": 0.0, "evaluate": 0.0}
    events, hits, timed, begun_with = 0, 0, 0, False
    with given.pairs.open("w", encoding="utf-8") as pairs:
        for chunk in _chunks(given.events, given.form, cpu):
            for part, size in [(chunk, len(chunk))] if events else _parted(chunk):
                before = time.process_time()
                found = _evaluated(engine, part)
                cpu["evaluate" if begun_with else "first"] += time.process_time() - before
                timed += size if begun_with else 0
                begun_with = True
                hits += len(found)
                for place, rule in found:
                    pairs.write(f"{events + place}\t{rule}\n")
            events += len(chunk)
    told = Evaluated(
        events=events,
        timed=timed,
        hits=hits,
        rules=len(pack.rules),
        waiting=[rule.id for rule in pack.rules if rule.waiting],
        cpu={**cpu, "process": time.process_time()},
        peak_rss_kib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    )
    print(json.dumps(told))
    return 0


def _chunks(events: Path, form: str, cpu: dict[str, float]) -> Iterator[FlatRecords]:
    """Parsed events; `json` counts what it took to parse them."""
    given = SENSOR.flat(Source.of(events), _reject) if form == "tables" else _mappings(events)
    while True:
        before = time.process_time()
        records = next(given, None)
        cpu["json"] += time.process_time() - before
        if records is None:
            return
        yield records


def _parted(records: FlatRecords) -> list[tuple[FlatRecords, int]]:
    """The first CHUNK events of tables, and the others, however long pieces of text are."""
    size = len(records)
    if not records.tables or size <= CHUNK:
        return [(records, size)]
    first = [table.part(table.positions < CHUNK) for table in records.tables]
    rest = [table.part(table.positions >= CHUNK) for table in records.tables]
    return [
        (replace(records, tables=[one for one in first if len(one)]), CHUNK),
        (replace(records, tables=[one for one in rest if len(one)], loose=[], places=None), size - CHUNK),
    ]


def _mappings(events: Path) -> Iterator[FlatRecords]:
    with events.open("rb") as lines:
        while chunk := [orjson.loads(line) for line in islice(lines, CHUNK)]:
            yield FlatRecords("windows", chunk, range(len(chunk)), _NO_TIMES, _whole, _marks)


_NO_TIMES = np.zeros(0, np.int64)


def _whole(_: Sequence[int]) -> Batch:
    raise RuntimeError("a rule asks for what flat records cannot answer")


def _marks(_: Sequence[int]) -> list[Mark]:
    raise RuntimeError("nobody asks how these events are found again")


def _reject(record: int, reason: str, _: bytes) -> None:
    raise ValueError(f"line {record}: {reason}")


def _evaluated(engine: SigmaEngine, records: FlatRecords) -> list[tuple[int, str]]:
    """The call that is timed: parsed events in, (place, rule) out."""
    rules = engine.rules
    found = engine.match_short(records, ANSWERED)
    return [(place, rules[number].id) for place, numbers in found for number in numbers]


if __name__ == "__main__":
    sys.exit(main())
