"""Personal data: F1 by kind on the corpus's labelled lines, and on lines of our own in many carriers.

Run: TAISHI_CORPUS=DIR scripts/bench personal
Writes bench/results/personal.json and the part of docs/accuracy.md between its marks. Exit 1 where a bar does
not hold: F1 ≥ 0.98 for each kind of both sets, ≤ 0.5 % of the lines that hold nothing named.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from personal_cases import Case, cases

from detections.personal.catalogue import find
from detections.personal.found import ITEM_TYPES

ROOT = Path(__file__).parent.parent
RESULT, PAGE = ROOT / "bench" / "results" / "personal.json", ROOT / "docs" / "accuracy.md"
MARKS = ("<!-- personal:begin -->", "<!-- personal:end -->")
F1_BAR, FALSE_BAR = 0.98, 0.005
#: The corpus's words for what stands in a line.
WORDS = {"身份证": "id_card", "手机号": "mobile", "银行卡": "bank_card", "统一社会信用代码": "uscc"}
#: A seed of which nothing was looked at while detectors were made, and rounds.
SEED, ROUNDS = 2026, 100

Figures = dict[str, float]


def corpus_cases(corpus: Path) -> list[Case]:
    lines = (corpus / "pii-zh" / "cases.jsonl").read_text("utf-8").splitlines()
    told = map(json.loads, lines)
    return [Case(one["kind"], one["text"], (WORDS[one["expect"]],) if one["expect"] else ()) for one in told]


def scored(given: Iterable[Case]) -> tuple[dict[str, Figures], Figures, Counter[str]]:
    """By kind; over lines that hold nothing; and the families that were judged wrongly."""
    right, said, there = Counter[str](), Counter[str](), Counter[str]()
    wrong = Counter[str]()
    empty = named = 0
    for case in given:
        found = Counter(one.type for one in find(case.text))
        wanted = Counter(case.types)
        right.update(found & wanted)
        said.update(found)
        there.update(wanted)
        empty += not case.types
        named += bool(found) and not case.types
        wrong[case.family] += found != wanted
    kinds = {kind: _figures(right[kind], said[kind], there[kind]) for kind in ITEM_TYPES if there[kind]}
    return kinds, {"lines": empty, "named": named, "share": named / max(1, empty)}, +wrong


def _figures(right: int, said: int, there: int) -> Figures:
    precision, recall = right / max(1, said), right / max(1, there)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"there": there, "precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def speed(given: list[Case]) -> float:
    """Megabytes of text a CPU-second, one page of many lines as `scan-data` searches them."""
    text = "\n".join(case.text for case in given)[:2_000_000]
    begun = time.process_time()
    for start in range(0, len(text), 1 << 16):
        find(text[start : start + (1 << 16)])
    return len(text.encode()) / 1e6 / (time.process_time() - begun)


def table(sets: dict[str, tuple[dict[str, Figures], Figures, Counter[str]]], rate: float) -> str:
    out = ["| set | kind | there | precision | recall | F1 |", "|---|---|---|---|---|---|"]
    for name, (kinds, empty, _) in sets.items():
        out += [
            f"| {name} | {kind} | {one['there']} | {one['precision']:.4f} | {one['recall']:.4f} "
            f"| {one['f1']:.4f} |"
            for kind, one in kinds.items()
        ]
        out.append(f"| {name} | lines that hold nothing | {empty['lines']} | {empty['named']} named | | |")
    wrong = [f"{family} ({number})" for _, _, told in sets.values() for family, number in told.most_common()]
    out += ["", f"Judged wrongly: {', '.join(wrong) or 'none'}. Speed: {rate:.1f} MB a CPU-second."]
    return "\n".join(out)


def main() -> int:
    corpus = os.environ.get("TAISHI_CORPUS")
    if not corpus:
        print("personal: TAISHI_CORPUS names no folder", file=sys.stderr)
        return 2
    own = list(cases(SEED, ROUNDS))
    sets = {"pii-zh": scored(corpus_cases(Path(corpus))), "own": scored(own)}
    rate = speed(own)
    holds = all(one["f1"] >= F1_BAR for kinds, _, _ in sets.values() for one in kinds.values()) and all(
        empty["share"] <= FALSE_BAR for _, empty, _ in sets.values()
    )
    told = {
        name: {"kinds": kinds, "empty": empty, "wrong": dict(wrong)}
        for name, (kinds, empty, wrong) in sets.items()
    }
    RESULT.write_text(
        json.dumps({**told, "mb_a_cpu_second": round(rate, 1), "holds": holds}, indent=1) + "\n"
    )
    text = table(sets, rate)
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(MARKS[0])
    PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")
    print(text, f"bars {'hold' if holds else 'do NOT hold'}", sep="\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
