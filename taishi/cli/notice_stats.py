"""`taishi notice stats`: how the loop works, 处置函 and 风险告知函 apart."""

import argparse
from dataclasses import asdict

from taishi.app.desk import Desk
from taishi.app.loop.statistics import Breakdown, LoopCounts
from taishi.app.window import Window
from taishi.cli.data import answer_arguments
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import rfc3339
from taishi.core.problems import Problem


def stats_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="since", metavar="DATE", help="letters issued from that day on")
    parser.add_argument("--to", dest="until", metavar="DATE", help="its last day, included (default: all)")
    answer_arguments(parser)


def show_stats(args: argparse.Namespace, found: Desk) -> int:
    if bool(args.since) != bool(args.until):
        raise Problem("stats: give both --from and --to, or neither")
    window = Window.parse(args.since, args.until) if args.since else None
    stats = found.loop.stats(window)
    if args.json:
        by_type = {type_: _document(part) for type_, part in stats.by_type.items()}
        print_json({"at": rfc3339(stats.at), **_document(stats.whole), "by_type": by_type})
        return 0
    parts = {"all": stats.whole, **stats.by_type}
    print_table(("", *LoopCounts.__dataclass_fields__), [_row(name, parts[name].counts) for name in parts])
    rows = [_short(*one) for one in (*stats.whole.by_class.items(), *stats.whole.by_unit.items())]
    print_table(("", "issued", "answered", "on time", "overdue", "closed"), rows)
    return 0


def _document(part: Breakdown) -> Document:
    return {
        **asdict(part.counts),
        "by_class": {name: asdict(counts) for name, counts in part.by_class.items()},
        "by_unit": {name: asdict(counts) for name, counts in part.by_unit.items()},
    }


def _row(name: str, counts: LoopCounts) -> tuple[str, ...]:
    return (name, *("—" if value is None else str(value) for value in asdict(counts).values()))


def _short(name: str, counts: LoopCounts) -> tuple[str, ...]:
    figures = (counts.issued, counts.answered, counts.on_time, counts.overdue, counts.closed)
    return (name, *map(str, figures))
