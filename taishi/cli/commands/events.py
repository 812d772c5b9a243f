"""`taishi events`: what the store holds."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime

from detections.personal.shield import masked_text
from taishi.app.desk import Desk
from taishi.app.export import event_line
from taishi.app.roles import SYSTEM
from taishi.cli.data import data_arguments, desk
from taishi.cli.moment import span
from taishi.cli.output import print_json, print_table
from taishi.core.clock import ZONE
from taishi.core.event import Event
from taishi.core.ports import Asking, Bounds, Condition, Group, Grouping, Query
from taishi.core.problems import Problem
from taishi.core.summary import summarize

#: Characters of a question that the audit keeps.
_TOLD = 2000


class Events:
    name = "events"
    help = "count, search and export stored events; hunt in them"
    example = "taishi events search --where source.ip:10.34.2.15 --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        for name, words in (
            ("count", "how many events"),
            ("search", "the newest events"),
            ("export", "all events as ECS JSON lines on standard output"),
            ("top", "the largest groups of events that have columns in common (--by)"),
        ):
            act = acts.add_parser(name, help=words)
            data_arguments(act)
            if name == "top":
                _top_arguments(act)
            act.add_argument("--from", dest="since", metavar="TIME", help="date or RFC 3339 time, included")
            act.add_argument(
                "--to", dest="until", metavar="TIME", help="date (included) or time (not included)"
            )
            act.add_argument(
                "--where", action="append", default=[], metavar="FIELD:VALUE", help="repeat for several"
            )
            act.add_argument("--limit", type=int, default=100)
            act.add_argument("--json", action="store_true")

        _sql_arguments(
            acts.add_parser("sql", help="a question of your own, in DuckDB's SQL (docs/hunting.md)")
        )

    def run(self, args: argparse.Namespace) -> int:
        if args.act == "sql":
            return _sql(args)
        query = _query(args)
        with desk(args) as found:
            if args.act == "count":
                return _count(args, found, query)
            if args.act == "search":
                return _search(args, found, query)
            if args.act == "top":
                return _top(args, found, query)
            sys.stdout.buffer.writelines(event_line(event) + b"\n" for event in _all(found, query))
            return 0


def _top_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by",
        action="append",
        required=True,
        metavar="FIELD",
        help="repeat for several; also kind, and hour or day of Beijing",
    )
    parser.add_argument("--distinct", metavar="FIELD", help="how many different values of it a group shows")


def _sql_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="SELECT…", help="reads a view a kind (flow, dns, http …) or `events`")
    data_arguments(parser)
    parser.add_argument("--limit", type=int, default=1000, help="rows at the most (default: 1000)")
    parser.add_argument("--timeout", metavar="TIME", default="1m", help="e.g. 30s, 5m (default: 1m)")
    parser.add_argument("--json", action="store_true")


def _sql(args: argparse.Namespace) -> int:
    timeout = span(args.timeout, "--timeout")
    if args.limit < 1 or timeout is None:
        raise Problem("--limit: give at least 1")
    with desk(args) as found:
        if not isinstance(found.events, Asking):
            raise Problem("events sql: is for the embedded store; ask Elasticsearch in Kibana or by ES|QL")
        answer = found.events.ask(args.text, Bounds(args.limit, timeout.total_seconds()))
        asked, _ = masked_text(" ".join(args.text.split()))
        said = f"{len(answer.rows)} rows"
        found.state.decide(found.clock.now(), SYSTEM, "ask", "events", "sql", said, asked[:_TOLD])
    if args.json:
        print_json({"columns": answer.columns, "rows": _plain(answer.rows), "more": answer.more})
        return 0
    print_table(answer.columns, [[_cell(value) for value in row] for row in answer.rows])
    if answer.more:
        print(f"! more than {args.limit} rows; raise --limit, or narrow it down", file=sys.stderr)
    return 0


def _top(args: argparse.Namespace, found: Desk, query: Query) -> int:
    if not isinstance(found.events, Grouping):
        raise Problem("events top: this store cannot count groups")
    groups = found.events.groups(query, args.by, args.distinct)
    if args.json:
        told = [
            {"values": dict(zip(args.by, one.values, strict=True)), **_counts(args, one)} for one in groups
        ]
        print_json({"groups": told})
        return 0
    heads = [*args.by, "events", *([f"different {args.distinct}"] if args.distinct else [])]
    print_table(heads, [[*map(_cell, one.values), *map(str, _counts(args, one).values())] for one in groups])
    return 0


def _counts(args: argparse.Namespace, group: Group) -> dict[str, int]:
    return {"count": group.count, **({"distinct": group.distinct} if args.distinct else {})}


def _plain(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """What JSON has no word for, as text."""
    plain = (str, int, float, bool, list, type(None))
    return [[value if isinstance(value, plain) else str(value) for value in row] for row in rows]


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _query(args: argparse.Namespace) -> Query:
    where = tuple(_condition(text) for text in args.where)
    return Query(
        _moment(args.since, "--from", False), _moment(args.until, "--to", True), where=where, limit=args.limit
    )


def _condition(text: str) -> Condition:
    field, colon, value = text.partition(":")
    if not colon or not field:
        raise Problem(f"--where {text}: give FIELD:VALUE, e.g. source.ip:192.0.2.1")
    return Condition(field, value)


def _moment(text: str | None, option: str, end: bool) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(f"{option} {text}: give a date such as 2026-11-22 or an RFC 3339 time") from None
    if len(text) == 10 and end:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _count(args: argparse.Namespace, found: Desk, query: Query) -> int:
    number = found.events.count(query)
    print_json({"count": number}) if args.json else print(number)
    return 0


def _search(args: argparse.Namespace, found: Desk, query: Query) -> int:
    page = found.events.search(query)
    if args.json:
        sys.stdout.buffer.write(b'{"events": [' + b",\n".join(map(event_line, page.events)) + b"]}\n")
        return 0
    rows = (
        (event.time.astimezone(ZONE).isoformat(" ", "seconds"), event.kind, _where(event), summarize(event))
        for event in page.events
    )
    print_table(("time", "kind", "where", "what"), rows)
    if page.cursor:
        print(f"more than {query.limit}; narrow it down or raise --limit")
    return 0


def _where(event: Event) -> str:
    """The countries of both sides, as far as they are known."""
    codes = (event.text(f"{side}.geo.country_iso_code") for side in ("source", "destination"))
    return " → ".join(code for code in codes if code)


def _all(found: Desk, query: Query) -> Iterator[Event]:
    cursor: str | None = None
    while True:
        page = found.events.search(
            Query(query.since, query.until, where=query.where, limit=5000, cursor=cursor, newest_first=False)
        )
        yield from page.events
        cursor = page.cursor
        if cursor is None:
            return


COMMAND = Events()
