"""Verdicts on the labelled traces: per file and by class, written to bench/results and docs/accuracy.md.

Run: TAISHI_CORPUS=DIR scripts/bench accuracy
A file counts as right when its worst verdict has exactly its class (or the class named in the index's
`also`); a benign file counts as right when no verdict is of medium level or higher.
Exit 1 where a bar of BARS does not hold.
"""

import csv
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detections.detector import Detector
from detections.engine.load import RulePack
from detections.networks import Networks
from detections.pack import own_rules, with_packs
from detections.verdict import judge
from taishi.app.analysis import Analysis, Options, analyze
from taishi.app.intake import Input, read
from taishi.core.problems import Problem
from taishi.core.records import LEVELS, Verdict

ROOT = Path(__file__).parent.parent
#: Files of each class that must be right.
BARS = {"compromised": 25, "attempt": 15, "risk": 15, "benign": 16}
CLASSES = {"compromised": "compromised", "attempt": "attempted", "risk": "risk"}


@dataclass(frozen=True)
class Line:
    """One trace: what it holds and what was said of it."""

    file: str
    wanted: str
    kind: str
    also: str
    source: str
    said: str
    level: str
    why: str

    @property
    def right(self) -> bool:
        if self.wanted == "benign":
            return self.level in ("", "low")
        return self.said in {CLASSES[self.wanted], CLASSES.get(self.also, self.also)} - {""}


def judge_file(path: Path) -> tuple[str, str, str]:
    """The worst verdict on one file: class, level, first reason."""
    try:
        result: Analysis = analyze([path], Options())
    except Problem as problem:
        return "unreadable", "", str(problem)[:80]
    if not result.verdicts:
        return "nothing", "", ""
    worst = result.verdicts[0]
    level = min((one.level for one in result.verdicts), key=LEVELS.index)
    return worst.threat, level, worst.because[0].rule


def measure(corpus: Path) -> list[Line]:
    lines = []
    with (corpus / "network" / "index.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["class"] in CLASSES or row["class"] == "benign":
                said, level, why = judge_file(corpus / "network" / row["file"])
                source = f"{row['source']} {row['source_path']}"
                lines.append(
                    Line(row["file"], row["class"], row["kind"], row["also"], source, said, level, why)
                )
    return lines


def table(lines: list[Line]) -> str:
    """The confusion table, and each trace that was judged wrongly."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        counts[line.wanted][line.said] += 1
        counts[line.wanted]["right"] += line.right
    out = [
        "| truth | files | compromised | attempted | risk | nothing | right |",
        "|---|---|---|---|---|---|---|",
    ]
    for wanted in ("compromised", "attempt", "risk", "benign"):
        said = counts[wanted]
        files = sum(said.values()) - said["right"]
        out.append(
            f"| {wanted} | {files} | {said['compromised']} | {said['attempted']} | {said['risk']} | "
            f"{said['nothing']} | {said['right']} |"
        )
    out += [
        "",
        "Judged otherwise than the truth says:",
        "",
        "| trace | kind | said | rule |",
        "|---|---|---|---|",
    ]
    out += [
        f"| {one.file} | {one.kind} | {one.said} {one.level} | {one.why} |" for one in lines if not one.right
    ]
    return "\n".join(out)


def traces(lines: list[Line]) -> str:
    """Every trace: where it is published, by repository and commit, what it holds and what was said."""
    head = "| repository, commit and path | truth | also right | said | highest level |"
    rows = [[one.source, one.wanted, one.also, one.said, one.level] for one in lines]
    return "\n".join([head, "|---|---|---|---|---|", *map(_row, rows)])


def missed(lines: list[Line]) -> list[str]:
    """The bars that do not hold, as a person reads them."""
    right = Counter(one.wanted for one in lines if one.right)
    return [
        f"{wanted}: {right[wanted]} right, {bar} demanded"
        for wanted, bar in BARS.items()
        if right[wanted] < bar
    ]


def host_logs(corpus: Path) -> str:
    """Windows logs of attacks, by tactic: files with a verdict, by our own rules and with SigmaHQ's."""
    own, pack = own_rules(), with_packs([corpus / "sigma"])
    files, judged = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for path in sorted((corpus / "evtx").rglob("*.evtx")):
        tactic = path.relative_to(corpus / "evtx").parts[0]
        files[tactic] += 1
        for name, rules in (("own", own), ("pack", pack)):
            threats = {one.threat for one in verdicts(path, rules)}
            judged[tactic][f"{name} any"] += bool(threats)
            judged[tactic][f"{name} compromised"] += "compromised" in threats
    columns = ("own any", "own compromised", "pack any", "pack compromised")
    head = (
        "| tactic | files | own rules: any verdict | compromised | with SigmaHQ: any verdict | compromised |"
    )
    rows = [[tactic, files[tactic], *(judged[tactic][one] for one in columns)] for tactic in files]
    total = ["all", files.total(), *(sum(said[one] for said in judged.values()) for one in columns)]
    return "\n".join([head, "|---|---|---|---|---|---|", *(_row(row) for row in [*rows, total])])


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def verdicts(path: Path, rules: RulePack) -> list[Verdict]:
    """What the detector says of one file."""
    detector = Detector(rules, Networks())
    hits = [hit for batch in read(path, Input(str(path))) for hit in detector.observe(batch)]
    return judge([*hits, *detector.standing()])


def fill(page: Path, name: str, text: str) -> None:
    """Puts a table between its two marks."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, _, rest = page.read_text("utf-8").partition(begin)
    page.write_text(f"{head}{begin}\n{text}\n{end}{rest.partition(end)[2]}", "utf-8")


def main() -> int:
    corpus = Path(os.environ.get("TAISHI_CORPUS", ""))
    if not (corpus / "network" / "index.csv").is_file():
        print("accuracy: set TAISHI_CORPUS to the folder of labelled traces", file=sys.stderr)
        return 2
    lines = measure(corpus)
    text = table(lines)
    results = ROOT / "bench" / "results" / "accuracy.json"
    results.write_text(
        json.dumps({one.file: [one.wanted, one.said, one.level, one.why] for one in lines}, indent=1) + "\n"
    )
    page = ROOT / "docs" / "accuracy.md"
    fill(page, "accuracy", text)
    fill(page, "traces", traces(lines))
    hosts = host_logs(corpus)
    fill(page, "hosts", hosts)
    print(text, hosts, sep="\n\n")
    for one in missed(lines):
        print(f"bar missed: {one}", file=sys.stderr)
    return 1 if missed(lines) else 0


if __name__ == "__main__":
    sys.exit(main())
