"""`taishi store`: what belongs to the event store itself."""

import argparse
import sys

from taishi.core.problems import Problem


class Store:
    name = "store"
    help = "dashboards for Kibana over an Elasticsearch store (docs/elasticsearch.md)"
    example = "taishi store kibana > taishi.ndjson"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        kibana = acts.add_parser(
            "kibana", help="data views, dashboards and saved searches as NDJSON on standard output"
        )
        kibana.add_argument(
            "--prefix", default="taishi", help="the PREFIX of the store's URI (default: taishi)"
        )
        kibana.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of titles")

    def run(self, args: argparse.Namespace) -> int:
        if sys.stdout.isatty():
            raise Problem("store kibana: writes to standard output; send it to a file with >")
        from dashboards.kibana.saved_objects import Kibana

        sys.stdout.buffer.write(Kibana(args.prefix, args.lang).ndjson())
        return 0


COMMAND = Store()
