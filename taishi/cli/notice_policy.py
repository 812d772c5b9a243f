"""`taishi notice policy`: what is done by class and level, shown and set."""

import argparse
from pathlib import Path

from notices.measures import Measure, Policy
from taishi.app.desk import Desk
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.notice_trial import read_text, show_trial
from taishi.cli.output import Document, print_json, print_table
from taishi.core.problems import Problem
from taishi.core.records import LEVELS, THREATS


def policy_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", type=Path, metavar="FILE.yml", help="put this policy in place; asks --as, --why"
    )
    parser.add_argument("--text", action="store_true", help="print it as YAML, to be edited")
    parser.add_argument(
        "--try",
        dest="other",
        type=Path,
        metavar="FILE.yml",
        help="what this one would have sent; sets nothing",
    )
    parser.add_argument(
        "--from", dest="since", metavar="DATE", help="first day of the trial (default: half a year ago)"
    )
    parser.add_argument("--to", dest="until", metavar="DATE", help="its last day, included (default: today)")
    parser.add_argument("--as", dest="person", metavar="PERSON", help="name of who sets it")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
    answer_arguments(parser)


def run_policy(args: argparse.Namespace) -> int:
    with desk(args) as found:
        if args.set is not None:
            _set(args, found)
        if args.other is not None:
            return show_trial(args, found)
        policy = found.settings.policy()
        if args.json:
            print_json(_document(policy, found))
        elif args.text:
            print(found.settings.policy_text(), end="")
        else:
            _print(policy, found)
    return 0


def _set(args: argparse.Namespace, found: Desk) -> None:
    if not args.person:
        raise Problem("--set: say who sets the policy with --as PERSON")
    text = read_text(args.set, "--set")
    found.settings.set_policy(text, person_id(found, args.person), args.why, str(args.set))


def _document(policy: Policy, found: Desk) -> Document:
    cells = {
        threat: {level: _measure(policy.measure(threat, level), found) for level in LEVELS}
        for threat in THREATS
    }
    weekly = {"day": policy.weekly.day, "hour": policy.weekly.hour}
    return {
        "cells": cells,
        "otherwise_days": policy.otherwise_days,
        "append_days": policy.append_days,
        "weekly": weekly,
    }


def _measure(measure: Measure, found: Desk) -> Document:
    return {
        "letter": measure.letter,
        "installed": measure.letter is None or measure.letter in found.letters.types(),
        "when": measure.when,
        "days": measure.days,
        "block": list(measure.block),
    }


def _print(policy: Policy, found: Desk) -> None:
    rows = [
        (threat, level, _letter(measure, found), measure.when, str(measure.days or "—"), _blocks(measure))
        for threat in THREATS
        for level in LEVELS
        for measure in [policy.measure(threat, level)]
    ]
    print_table(("class", "level", "letter", "when", "days", "block proposed"), rows)
    print(f"where no days are given: {policy.otherwise_days} working days")
    print(f"a letter that left takes in what is new of its class for {policy.append_days} days")
    print(f"weekly: {policy.weekly.day} {policy.weekly.hour:02d}:00 Asia/Shanghai")


def _letter(measure: Measure, found: Desk) -> str:
    if measure.letter is None:
        return "—"
    known = measure.letter in found.letters.types()
    return measure.letter if known else f"{measure.letter} (no such letter type here)"


def _blocks(measure: Measure) -> str:
    return ", ".join(measure.block) or "—"
