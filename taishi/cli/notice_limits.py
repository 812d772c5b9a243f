"""`taishi notice limits`: what the loop measures by, shown and set."""

import argparse

from msgspec.structs import asdict, replace

from taishi.app.loop.limits import Limits
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.output import print_json, print_table
from taishi.core.problems import Problem

_NAMES = {
    "quiet_hours": "hours of quiet before a matter is closed",
    "extension_days": "working days that a deadline may move in all",
    "reopen_days": "days after the closure in which the same opens the letter again",
}


def limits_arguments(parser: argparse.ArgumentParser) -> None:
    for name, words in _NAMES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=words)
    parser.add_argument("--as", dest="person", metavar="PERSON", help="name of who sets them")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
    answer_arguments(parser)


def run_limits(args: argparse.Namespace) -> int:
    with desk(args) as found:
        new = {name: value for name in _NAMES if (value := getattr(args, name)) is not None}
        if new and not args.person:
            raise Problem("limits: say who sets them with --as PERSON")
        if new:
            limits = replace(found.settings.limits(), **new)
            found.settings.set_limits(limits, person_id(found, args.person), args.why)
        _print(found.settings.limits(), args.json)
    return 0


def _print(limits: Limits, as_json: bool) -> None:
    if as_json:
        print_json(asdict(limits))
    else:
        print_table(("limit", "", "meaning"), [(n, str(v), _NAMES[n]) for n, v in asdict(limits).items()])
