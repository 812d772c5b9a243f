"""`taishi store`: what belongs to the event store itself."""

import argparse
import sys
from dataclasses import asdict

from taishi.cli.output import print_json, say
from taishi.core.problems import Problem


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
        return _copy(args) if args.act == "copy" else _kibana(args)


def _kibana(args: argparse.Namespace) -> int:
    if sys.stdout.isatty():
        raise Problem("store kibana: writes to standard output; send it to a file with >")
    from dashboards.kibana.saved_objects import Kibana

    sys.stdout.buffer.write(Kibana(args.prefix, args.lang).ndjson())
    return 0


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
