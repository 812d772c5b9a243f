"""`taishi intel enter` and `taishi intel withdraw`: indicators of one's own."""

import argparse
from collections.abc import Sequence

from taishi.app.hand_entries import DAYS, PURPOSES, Entered
from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.moment import moment
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import ZONE, rfc3339
from taishi.core.records import LEVELS


def enter_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "values", nargs="*", metavar="VALUE", help="address, CIDR, domain, URL, hash, e-mail …"
    )
    parser.add_argument("--type", metavar="TYPE", help="MISP type, where the value's form does not tell")
    parser.add_argument(
        "--purpose", choices=tuple(PURPOSES), default="control", help="what it is for (default: %(default)s)"
    )
    parser.add_argument("--level", choices=LEVELS, default="medium", help="default: %(default)s")
    parser.add_argument(
        "--until", metavar="DATE", help=f"to the end of which day it counts (default: {DAYS.days} days)"
    )
    parser.add_argument("--tlp", choices=("clear", "green", "amber", "red"), default="", help="whom to tell")
    _act_arguments(parser)


def withdraw_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="VALUE-or-ID")
    _act_arguments(parser)


def _act_arguments(parser: argparse.ArgumentParser) -> None:
    answer_arguments(parser)
    parser.add_argument("--as", dest="person", metavar="PERSON", help="who does it (default: the system)")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept beside it")


def enter(args: argparse.Namespace) -> int:
    """Enters values; without any, lists what was entered."""
    with desk(args, may_create=True) as found:
        if args.values:
            shown = found.hand_entries.enter(
                args.values,
                args.why,
                person_id(found, args.person) if args.person else SYSTEM,
                until=moment(args.until, "--until", end=True),
                level=args.level,
                purpose=args.purpose,
                given=args.type,
                tlp=args.tlp,
            )
        else:
            shown = found.hand_entries.all()
    _show(args, shown)
    return 0


def withdraw(args: argparse.Namespace) -> int:
    with desk(args) as found:
        by = person_id(found, args.person) if args.person else SYSTEM
        gone = found.hand_entries.withdraw(args.name, by, args.why)
    if args.json:
        print_json({"withdrawn": _document(gone)})
    else:
        print(f"{gone.indicator.value}: withdrawn")
    return 0


def _show(args: argparse.Namespace, shown: Sequence[Entered]) -> None:
    if args.json:
        print_json({"entries": [_document(one) for one in shown]})
        return
    print_table(("id", "value", "type", "for", "level", "until", "by", "why"), map(_row, shown))
    for one in shown:
        for mark in one.indicator.marks:
            print(f"! {one.indicator.value}: {mark.why.zh}")


def _row(one: Entered) -> tuple[str, ...]:
    report, indicator = one.report, one.indicator
    end = indicator.expires.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if indicator.expires else "—"
    level = report.threat or "—"
    return (
        report.id,
        indicator.value,
        indicator.type,
        indicator.comment,
        level,
        end,
        report.producer,
        report.info,
    )


def _document(one: Entered) -> Document:
    return {
        "id": one.report.id,
        "value": one.indicator.value,
        "type": one.indicator.type,
        "purpose": one.indicator.comment,
        "level": one.report.threat,
        "at": rfc3339(one.report.at),
        "until": rfc3339(one.indicator.expires) if one.indicator.expires else None,
        "by": one.report.producer,
        "why": one.report.info,
        "tlp": one.indicator.tlp,
        "marks": [
            {"effect": mark.effect, "list": mark.name, "why": mark.why.zh} for mark in one.indicator.marks
        ],
    }
