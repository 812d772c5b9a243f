"""`taishi store`: what belongs to the event store itself."""

import argparse
import sys
from dataclasses import asdict

from taishi.app.retention import kinds_named
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.output import print_json, print_table, say
from taishi.core.ecs import KINDS
from taishi.core.problems import Problem
from taishi.core.retention import LEAST_DAYS


class Store:
    name = "store"
    help = "events from one store to another; dashboards for Kibana over an Elasticsearch store"
    example = "taishi store kibana > taishi.ndjson"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        kibana = acts.add_parser(
            "kibana", help="data views, dashboards and saved searches as NDJSON on standard output"
        )
        kibana.add_argument(
            "--prefix", default="taishi", help="the PREFIX of the store's URI (default: taishi)"
        )
        keep = acts.add_parser("keep", help="how long events are kept, by kind; for ever where nobody said")
        keep.add_argument("kind", nargs="?", metavar="KIND", help="a kind of events, or all")
        keep.add_argument("days", nargs="?", metavar="DAYS", help=f"at least {LEAST_DAYS}, or: forever")
        keep.add_argument("--as", dest="person", metavar="PERSON", help="an administrator")
        keep.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
        answer_arguments(keep)
        copying = acts.add_parser(
            "copy", help="every event of one store into another; exit 1 where counts differ"
        )
        copying.add_argument("source", metavar="FROM", help="URI of a store, e.g. embedded:./data/events")
        copying.add_argument(
            "target", metavar="TO", help="URI of a store, e.g. elasticsearch+http://127.0.0.1:9200"
        )
        copying.add_argument("--json", action="store_true", help="one JSON document on standard output")
        kibana.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of titles")

    def run(self, args: argparse.Namespace) -> int:
        return {"copy": _copy, "keep": _keep, "kibana": _kibana}[args.act](args)


def _kibana(args: argparse.Namespace) -> int:
    if sys.stdout.isatty():
        raise Problem("store kibana: writes to standard output; send it to a file with >")
    from dashboards.kibana.saved_objects import Kibana

    sys.stdout.buffer.write(Kibana(args.prefix, args.lang).ndjson())
    return 0


def _keep(args: argparse.Namespace) -> int:
    with desk(args) as found:
        if args.kind is not None:
            if args.days is None or args.person is None:
                raise Problem("store keep: give KIND DAYS --as PERSON --why REASON")
            days = None if args.days == "forever" else _days(args.days)
            by = person_id(found, args.person)
            found.retention.keep(kinds_named(args.kind), days, by, args.why)
        kept, paused = found.retention.days(), found.retention.paused()
    if args.json:
        print_json({"days": kept, "otherwise": None, "paused": paused})
        return 0
    print_table(("kind", "days"), [(kind, str(kept.get(kind, "for ever"))) for kind in KINDS])
    if paused:
        print("! paused: the clock jumped; say that it is right by setting one of them again")
    return 0


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Problem(f"{text}: give a number of days, at least {LEAST_DAYS}, or forever")
    return int(text)


def _copy(args: argparse.Namespace) -> int:
    from taishi.app.store_copy import copy_events

    done = copy_events(args.source, args.target, lambda seen: say(f"{seen:,} events"))
    if args.json:
        print_json({**asdict(done), "agree": done.agree})
    else:
        print(
            f"{done.source:,} events there, {done.target:,} here; {done.stored:,} new, {done.known:,} known"
        )
        if not done.agree:
            print("! the counts do not agree; copy once more, with the service stopped")
    return 0 if done.agree else 1


COMMAND = Store()
