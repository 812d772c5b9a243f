"""Log formats: how many events a CPU-second each parser reads, and which parser the corpus's logs call for.

Run: TAISHI_CORPUS=DIR scripts/bench logs
Writes bench/results/logs.json and the part of docs/accuracy.md between its marks. Exit 1 where a file of the
corpus finds no parser, or a well-formed line is set aside.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from sensors.choose import sense, sensors  # noqa: E402
from taishi.core.ports import Sensor  # noqa: E402
from taishi.core.problems import Problem  # noqa: E402
from taishi.core.source import Source  # noqa: E402
from tests.sensors.test_fuzz import SEEDS  # noqa: E402 - lines of every parser

RESULT, PAGE = ROOT / "bench" / "results" / "logs.json", ROOT / "docs" / "accuracy.md"
MARKS = ("<!-- logs:begin -->", "<!-- logs:end -->")
LINES = 30_000


def rate(sensor: Sensor, path: Path) -> tuple[float, int]:
    """Events a CPU-second over the parser's own lines, and how many lines were set aside."""
    refused: list[str] = []
    source, began = Source.of(path), time.process_time()
    events = sum(len(batch) for batch in sensor.read(source, lambda _n, why, _raw: refused.append(why)))
    return events / (time.process_time() - began), len(refused)


def rates(folder: Path) -> dict[str, dict[str, float]]:
    known = {one.name: one for one in sensors()}
    found: dict[str, dict[str, float]] = {}
    for name, (seeds, heads) in sorted(SEEDS.items()):
        path = folder / "x.log"
        body = (seeds * (LINES // len(seeds) + 1))[:LINES]
        path.write_text("\n".join([*heads, *body]) + "\n", "utf-8")
        events, refused = rate(known[name], path)
        found[name] = {"events_a_cpu_second": round(events), "refused": refused}
    return found


def recognised(corpus: Path) -> tuple[Counter[str], Counter[str]]:
    """Files and set-aside lines of the corpus's log scenarios, by parser."""
    known = sensors()
    files: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for path in sorted((corpus / "crowdsec").rglob("*.log")):
        source = Source.of(path)
        try:
            sensor = sense(source, known)
        except Problem:
            files["none"] += 1
            continue
        files[sensor.name] += 1
        for _ in sensor.read(source, lambda *_, name=sensor.name: refused.update([name])):
            pass
    return files, refused


def table(read: dict[str, dict[str, float]], files: Counter[str], refused: Counter[str]) -> str:
    lines = [
        "| parser | events a CPU-second | files of the scenarios | lines set aside |",
        "| --- | --: | --: | --: |",
    ]
    for name in sorted({*read, *files} - {"none"}):
        figure = f"{read[name]['events_a_cpu_second']:,}" if name in read else "–"
        lines.append(f"| `{name}` | {figure} | {files[name]} | {refused[name]} |")
    total = sum(files.values())
    return "\n".join([f"{total - files['none']} of {total} files find a parser.", "", *lines])


def main() -> int:
    corpus = os.environ.get("TAISHI_CORPUS")
    if not corpus:
        print("logs: TAISHI_CORPUS names no folder", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        read = rates(Path(folder))
    files, refused = recognised(Path(corpus))
    holds = not files["none"] and not any(one["refused"] for name, one in read.items() if name not in _SPLIT)
    told = {"parsers": read, "files": dict(files), "refused": dict(refused), "holds": holds}
    RESULT.write_text(json.dumps(told, indent=1) + "\n")
    text = table(read, files, refused)
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")
    print(text, f"bars {'hold' if holds else 'do NOT hold'}", sep="\n")
    return 0 if holds else 1


#: Whose entries run over several lines: their seeds are lines, not entries.
_SPLIT = frozenset({"catalina", "postgresql"})


if __name__ == "__main__":
    sys.exit(main())
