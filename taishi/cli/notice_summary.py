"""`taishi notice summary`: what a week had that makes no letter, and that the week adds up."""

import argparse
from pathlib import Path

from taishi.app.measures.summary import HEAD, Summary, last_week, row, summarize_week, table
from taishi.cli.data import answer_arguments, desk
from taishi.cli.moment import moment
from taishi.cli.outfile import replacing
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import ZONE, rfc3339
from taishi.core.problems import Problem
from taishi.core.records import Alert
from taishi.kit.spreadsheets import write_csv, write_tables


def summary_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--week", metavar="DATE", help="a day of the week wanted (default: the last week)")
    parser.add_argument("--out", type=Path, metavar="FILE.xlsx|.csv", help="write every line")
    answer_arguments(parser)


def run_summary(args: argparse.Namespace) -> int:
    """Exit 1 where the parts do not sum to the total."""
    with desk(args) as found:
        policy = found.settings.policy()
        at = moment(args.week, "--week", end=True) or last_week(policy, found.clock.now())
        summary = summarize_week(found.state, policy, at)
    if args.out is not None:
        _write(args.out, summary)
    if args.json:
        print_json(_document(summary))
    else:
        _print(summary)
    return 0 if summary.adds_up else 1


def _write(path: Path, summary: Summary) -> None:
    made = table(summary, "zh")
    if path.suffix not in (".xlsx", ".csv"):
        raise Problem(f"--out {path}: name a .xlsx or .csv file")
    with replacing(path, "--out", ()) as new:
        new.write_bytes(write_tables([made]) if path.suffix == ".xlsx" else write_csv(made))


def _document(summary: Summary) -> Document:
    week = {"from": rfc3339(summary.week.since), "to": rfc3339(summary.week.until)}
    counted = {name: getattr(summary, name) for name in ("total", "told", "ownerless", "waiting")}
    lines = [_line(alert) for alert in summary.lines]
    return {"week": week, **counted, "adds_up": summary.adds_up, "lines": lines}


def _line(alert: Alert) -> Document:
    verdict = alert.verdict
    return {
        "alert": alert.id,
        "unit": verdict.unit,
        "subject": verdict.subject,
        "class": verdict.threat,
        "level": verdict.level,
        "count": verdict.count,
        "first_seen": rfc3339(verdict.first_seen),
        "last_seen": rfc3339(verdict.last_seen),
    }


def _print(summary: Summary) -> None:
    ends = (f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" for at in (summary.week.since, summary.week.until))
    print(f"week {' to '.join(ends)}")
    head = [word.en for word in HEAD[:6]]
    print_table(head, [[str(cell) for cell in row(alert, "zh")[:6]] for alert in summary.lines])
    parts = f"{len(summary.lines)} lines + {summary.told} in letters + {summary.ownerless} ownerless"
    said = "adds up" if summary.adds_up else "DOES NOT ADD UP"
    print(f"{parts} + {summary.waiting} waiting = {summary.total} risk events: {said}")
