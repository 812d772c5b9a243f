"""Who attacked, by the logs of crowdsecurity/hub's scenarios: our attackers against the sources they expect.

Run: TAISHI_CORPUS=DIR scripts/bench crowdsec
Each scenario is one log, read by `taishi analyze` as it is; where `expected.json` names no source, any
attacker of ours is one too many. Sources that are no addresses (process ids, paths, accounts) are not
counted, and an address counts in whichever way it is written. A scenario whose log has no parser is not
supported, is listed, and counts no source. Exit 1 where the bar fails.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path

import yaml
from accuracy import ROOT, fill
from demand_bar import Bar

from taishi.app.analysis import Options, analyze
from taishi.core.problems import Problem

RESULT = ROOT / "bench" / "results" / "crowdsec.json"
LEAST_F1 = 0.9


@dataclass(frozen=True)
class Scenario:
    """One scenario: the sources that it expects, and those that we name. `why`: why its log is not read."""

    name: str
    expected: tuple[str, ...]
    named: tuple[str, ...]
    why: str = ""

    @property
    def right(self) -> set[str]:
        return {*self.expected} & {*self.named}

    @property
    def missed(self) -> set[str]:
        return {*self.expected} - {*self.named}

    @property
    def extra(self) -> set[str]:
        return {*self.named} - {*self.expected}


def addresses(sources: Iterable[str]) -> tuple[str, ...]:
    """Those that are addresses, one spelling each."""
    return tuple(sorted({address for source in sources if (address := _address(source))}))


def _address(source: str) -> str:
    try:
        found = ip_address(source)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if found.version == 6 else None
    return str(mapped or found)


def judged(folder: Path) -> Scenario:
    told = json.loads((folder / "expected.json").read_text("utf-8"))
    expected = addresses(source for result in told["results"] for source in result["sources"])
    log = folder / yaml.safe_load((folder / "config.yaml").read_text("utf-8"))["log_file"]
    try:
        result = analyze([log], Options())
    except Problem as problem:
        return Scenario(folder.name, expected, (), str(problem).replace(f"{log}: ", ""))
    if not sum(one.events for one in result.inputs):
        return Scenario(folder.name, expected, (), "no line is read")
    return Scenario(folder.name, expected, addresses(one.ip for one in result.attackers))


def measure(corpus: Path) -> Iterator[Scenario]:
    for folder in sorted((corpus / "crowdsec").iterdir()):
        if (folder / "expected.json").is_file():
            yield judged(folder)


@dataclass(frozen=True)
class Score:
    """Sources over all scenarios that are supported."""

    right: int
    missed: int
    extra: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.extra) if self.right else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.missed + self.extra) if self.right else 0.0


def score(scenarios: list[Scenario]) -> Score:
    supported = [one for one in scenarios if not one.why]
    return Score(
        right=sum(len(one.right) for one in supported),
        missed=sum(len(one.missed) for one in supported),
        extra=sum(len(one.extra) for one in supported),
    )


def page(scenarios: list[Scenario], found: Score) -> str:
    supported = [one for one in scenarios if not one.why]
    exact = sum(not one.missed and not one.extra for one in supported)
    lines = [
        f"{len(supported)} of {len(scenarios)} scenarios are supported; {exact} of them exactly.",
        "",
        "| sources | named rightly | missed | too many | precision | recall | F1 |",
        "|---|---|---|---|---|---|---|",
        f"| {found.right + found.missed} | {found.right} | {found.missed} | {found.extra} | "
        f"{found.precision:.3f} | {found.recall:.3f} | {found.f1:.3f} |",
        "",
        "| scenario | sources expected | missed | too many |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {len(one.expected)} | {len(one.missed)} | {len(one.extra)} |"
        for one in supported
        if one.missed or one.extra
    ]
    lines += ["", f"Not supported: {'; '.join(one.name for one in scenarios if one.why) or 'none'}."]
    return "\n".join(lines)


def main() -> int:
    corpus = Path(os.environ.get("TAISHI_CORPUS", ""))
    if not (corpus / "crowdsec").is_dir():
        print("crowdsec: set TAISHI_CORPUS to the folder that holds crowdsec", file=sys.stderr)
        return 2
    scenarios = list(measure(corpus))
    found = score(scenarios)
    bar = Bar("F1 of source addresses", found.f1, LEAST_F1)
    figures = {**asdict(found), "f1": round(found.f1, 4)}
    told = {"score": figures, "scenarios": [asdict(one) for one in scenarios]}
    RESULT.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    text = page(scenarios, found)
    fill(ROOT / "docs" / "accuracy.md", "crowdsec", text)
    print(text)
    return 0 if bar.holds else 1


if __name__ == "__main__":
    sys.exit(main())
