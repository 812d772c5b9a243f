"""`taishi events`: what the store holds."""

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime

from taishi.app.desk import Desk
from taishi.app.export import event_line
from taishi.cli.data import data_arguments, desk
from taishi.cli.output import print_json, print_table
from taishi.core.clock import ZONE
from taishi.core.event import Event
from taishi.core.ports import Condition, Query
from taishi.core.problems import Problem
from taishi.core.summary import summarize


class Events:
    name = "events"
    help = "count, search and export stored events"
    example = "taishi events search --where source.ip:10.34.2.15 --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        for name, words in (
            ("count", "how many events"),
            ("search", "the newest events"),
            ("export", "all events as ECS JSON lines on standard output"),
        ):
            act = acts.add_parser(name, help=words)
            data_arguments(act)
            act.add_argument("--from", dest="since", metavar="TIME", help="date or RFC 3339 time, included")
            act.add_argument(
                "--to", dest="until", metavar="TIME", help="date (included) or time (not included)"
            )
            act.add_argument(
                "--where", action="append", default=[], metavar="FIELD:VALUE", help="repeat for several"
            )
            act.add_argument("--limit", type=int, default=100)
            act.add_argument("--json", action="store_true")

    def run(self, args: argparse.Namespace) -> int:
        query = _query(args)
        with desk(args) as found:
            if args.act == "count":
                return _count(args, found, query)
            if args.act == "search":
                return _search(args, found, query)
            sys.stdout.buffer.writelines(event_line(event) + b"\n" for event in _all(found, query))
            return 0


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
