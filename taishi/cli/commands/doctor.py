"""`taishi doctor`: whether an installation is in good order, and what to do where it is not."""

import argparse
from contextlib import ExitStack

from taishi.app.doctor.examining import Examination, examination_document, examine
from taishi.app.doctor.finding import Grade
from taishi.cli.data import answer_arguments, desk
from taishi.cli.output import print_json
from taishi.core.clock import SystemClock
from taishi.core.problems import Problem

_SIGNS: dict[Grade, str] = {"ok": "✓", "warn": "!", "fail": "✗", "open": "○"}


class Doctor:
    name = "doctor"
    help = "look whether all is in good order and say what to do: exit 1 where something fails"
    example = "taishi doctor --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        made = _examined(args)
        if args.json:
            print_json(examination_document(made))
        else:
            _print(made)
        return 0 if made.ok else 1


def _examined(args: argparse.Namespace) -> Examination:
    """Also where the data cannot be opened: that is then the first thing found."""
    with ExitStack() as opened:
        try:
            found, shut = opened.enter_context(desk(args)), None
        except Problem as problem:
            found, shut = None, problem
        now = found.clock.now() if found is not None else SystemClock().now()
        return examine(args.data, found, now, shut)


def _print(made: Examination) -> None:
    for one in made.findings:
        print(f"{_SIGNS[one.grade]} {one.check}: {one.said.zh}")
        print(f"  {one.said.en}")
        if one.remedy and one.grade != "ok":
            print(f"  → {one.remedy.zh}  {one.remedy.en}")
    print("\n等保三级 GB/T 22239-2019: ", end="")
    print("  ".join(f"{clause} {_SIGNS[grade]}" for clause, grade in made.clauses().items()))
    counts = {grade: sum(one.grade == grade for one in made.findings) for grade in _SIGNS}
    print("  ".join(f"{_SIGNS[grade]} {grade} {n}" for grade, n in counts.items()))


COMMAND = Doctor()
