"""Web attacks and ordinary requests, as a labelled access log and as whole requests.

Run: TAISHI_CORPUS=DIR scripts/bench web
Every request comes from an address of its own; it counts as told when that address is named an attacker.
An attack is *visible in the log* when its address has a query, an encoded letter or a path of its own, or its
referrer or user agent is not the harness's. A third of the cases, drawn by a hash of their names, was held
back while the signs were written. Exit 1 where a bar fails.
"""

import csv
import hashlib
import json
import os
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from accuracy import ROOT, fill
from demand_bar import Bar

from taishi.app.analysis import Options, analyze

_DRAW = "taishi-web-2026"
#: What the harness sends where a case has nothing of its own to say.
_PLAIN_PATHS = frozenset({"", "/", "/get", "/post"})
_PLAIN_AGENT = "OWASP CRS test agent"
_LINES = 100_000

Case = Mapping[str, object]


def is_held_back(case: Case) -> bool:
    """Whether a case belongs to the third that was kept for the end."""
    return int(hashlib.sha256(f"{_DRAW}:{case['id']}".encode()).hexdigest(), 16) % 3 == 0


def is_visible(case: Case) -> bool:
    """Whether anything of an attack stands in the fields that a combined log has."""
    headers = {name.lower(): value for name, value in _headers(case).items()}
    own_agent = headers.get("user-agent", _PLAIN_AGENT) != _PLAIN_AGENT
    elsewhere = bool(case["data"]) or bool(headers.keys() - _COMMON)
    target = str(case["uri"] or "")
    said = "?" in target or "%" in target or (target not in _PLAIN_PATHS and not elsewhere)
    return said or own_agent or "referer" in headers


_COMMON = frozenset(
    {
        "host", "user-agent", "accept", "referer", "content-type", "accept-encoding", "accept-language",
        "cache-control", "proxy-connection", "keep-alive", "accept-charset", "content-length",
    }
)  # fmt: skip


def told(path: Path) -> set[str]:
    """The addresses that are named attackers."""
    return {one.ip for one in analyze([path], Options()).attackers}


def address(number: int) -> str:
    return f"198.51.{100 + number // 250}.{1 + number % 250}"


def as_requests(cases: Iterable[Case], folder: Path) -> Path:
    """Whole requests as a proxy would write them."""
    path = folder / "requests.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, case in enumerate(cases):
            line = {name: case[name] for name in ("method", "uri", "headers", "data")}
            file.write(json.dumps({**line, "src_ip": address(number), "ts": "2026-03-01T08:00:00Z"}) + "\n")
    return path


def as_ecs(cases: Iterable[Case], folder: Path) -> Path:
    """The same as ECS."""
    path = folder / "ecs.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, case in enumerate(cases):
            headers = {name.lower(): value for name, value in _headers(case).items()}
            request = {
                "method": case["method"],
                "referrer": headers.get("referer"),
                "body": {"content": case["data"]},
                "headers": headers,
            }
            document = {
                "@timestamp": "2026-03-01T08:00:00Z",
                "source": {"ip": address(number)},
                "url": {"original": case["uri"], "domain": headers.get("host")},
                "http": {"request": request},
                "user_agent": {"original": headers.get("user-agent")},
            }
            file.write(json.dumps(document) + "\n")
    return path


def _headers(case: Case) -> dict[str, str]:
    headers = case["headers"]
    return {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}


class Shares:
    """How many of each group were told."""

    def __init__(self) -> None:
        self.sent, self.told = Counter[str](), Counter[str]()

    def add(self, groups: Iterable[str], is_told: bool) -> None:
        for group in groups:
            self.sent[group] += 1
            self.told[group] += is_told

    def percent(self, group: str) -> float:
        return round(100 * self.told[group] / max(self.sent[group], 1), 1)

    def rows(self) -> Iterator[str]:
        for group in sorted(self.sent):
            yield f"| {group} | {self.sent[group]} | {self.told[group]} | {self.percent(group)} |"


def of_log(folder: Path, cases: list[Case]) -> Shares:
    """The access log; its lines are the cases that are marked as logged, in their order."""
    shares, named = Shares(), told(folder / "access.log")
    logged = [case for case in cases if case["visible_in_access_log"]]
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        for case, row in zip(logged, csv.DictReader(file), strict=True):
            is_told = row["src_ip"] in named
            label = row["label"]
            groups = [label, f"{label} {row['family']}"]
            if label == "attack" and is_visible(case):
                groups += ["attack, visible", f"attack, visible, {_part(case)}"]
            shares.add(groups, is_told)
    return shares


def of_requests(cases: list[Case], path: Path) -> Shares:
    """Whole requests."""
    shares, named = Shares(), told(path)
    for number, case in enumerate(cases):
        label = str(case["label"])
        groups = [label, f"{label} {case['family']}", f"{label}, {_part(case)}"]
        shares.add(groups, address(number) in named)
    return shares


def _part(case: Case) -> str:
    return "held back" if is_held_back(case) else "looked at"


def speed(folder: Path) -> float:
    """Plain lines a CPU-second, reading and all other detections included."""
    path = folder / "plain.log"
    pages = ("/index.html", "/api/items/{}?page=2&sort=-id", "/search?q=%E5%85%AC%E7%A7%AF%E9%87%91&p={}")
    with path.open("w", encoding="utf-8") as file:
        for number in range(_LINES):
            page = pages[number % 3].format(number)
            file.write(
                f"10.0.{number // 250 % 250}.{number % 250} - - [01/Mar/2026:08:00:00 +0800] "
                f'"GET {page} HTTP/1.1" 200 512 "https://www.example.gov.cn/" "Mozilla/5.0 (X11)"\n'
            )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    analyze([path], Options())
    return round(_LINES / (resource.getrusage(resource.RUSAGE_SELF).ru_utime - before))


def main() -> int:
    folder = Path(os.environ.get("TAISHI_CORPUS", "")) / "web-crs"
    if not (folder / "cases.jsonl").is_file():
        print("web: set TAISHI_CORPUS to the folder of labelled requests", file=sys.stderr)
        return 2
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as made:
        log = of_log(folder, cases)
        whole = of_requests(cases, as_requests(cases, Path(made)))
        ecs = of_requests(cases, as_ecs(cases, Path(made)))
        lines = speed(Path(made))
    bars = [
        Bar("access log, attacks visible, %", log.percent("attack, visible"), 80),
        Bar("access log, ordinary, %", log.percent("benign"), 5, at_least=False),
        Bar("whole requests, attacks, %", whole.percent("attack"), 85),
        Bar("whole requests, ordinary, %", whole.percent("benign"), 10, at_least=False),
        Bar("whole requests as ECS, attacks, %", ecs.percent("attack"), 85),
    ]
    text = report(log, whole, bars, lines)
    results = {bar.name: [bar.figure, bar.bar, bar.holds] for bar in bars}
    record = {"bars": results, "log": _counts(log), "requests": _counts(whole), "lines a CPU-second": lines}
    (ROOT / "bench" / "results" / "web.json").write_text(json.dumps(record, indent=1) + "\n")
    fill(ROOT / "docs" / "accuracy.md", "web", text)
    print(text)
    return 0 if all(bar.holds for bar in bars) else 1


def _counts(shares: Shares) -> dict[str, list[int]]:
    return {group: [shares.told[group], shares.sent[group]] for group in sorted(shares.sent)}


def report(log: Shares, whole: Shares, bars: Iterable[Bar], lines: float) -> str:
    head = "| bar | figure | demanded | holds |\n|---|---|---|---|"
    rows = [_bar_row(bar) for bar in bars]
    table = "| group | requests | named | % |\n|---|---|---|---|"
    logged = ["", "As an access log:", "", table, *log.rows()]
    asked = ["", "As whole requests:", "", table, *whole.rows()]
    return "\n".join([head, *rows, *logged, *asked, "", f"Plain log lines a CPU-second: {lines:,.0f}."])


def _bar_row(bar: Bar) -> str:
    sense = "≥" if bar.at_least else "≤"
    return f"| {bar.name} | {bar.figure} | {sense} {bar.bar} | {'yes' if bar.holds else 'NO'} |"


if __name__ == "__main__":
    sys.exit(main())
