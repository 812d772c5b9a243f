"""`taishi rules queries`."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from taishi.cli.commands.rules.installed import installed_rules
from taishi.cli.data import answer_arguments
from taishi.cli.output import print_json
from taishi.kit.kept import Kept, default_folder


class Queries:
    name = "queries"
    help = "each rule as a search of an Elasticsearch store, or why only the engine can tell"
    examples = (
        "taishi rules queries --data ./data",
        "taishi rules queries sigma/rules --json",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="*", type=Path, metavar="PATH", help="folder or file (default: installed rules)"
        )
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        # pySigma takes a second: only when it is needed
        from detections.engine.load import load_rules
        from detections.queries.kept_queries import kept_queries
        from taishi.store.elasticsearch.rule_names import RuleNames

        pack = load_rules(args.paths) if args.paths else installed_rules(args)
        feeding = {name for one in pack.correlations for name in one.rules}
        found = kept_queries(pack, RuleNames(), feeding, Kept(default_folder()))
        if args.json:
            told = [
                {
                    "id": one.rule.id,
                    "title": one.rule.title,
                    "queries": [{"kind": of.kind, "query": of.text} for of in one.queries],
                    "reason": one.reason or None,
                }
                for one in found
            ]
            print_json({"rules": told})
            return 0
        for one in found:
            print(f"{one.rule.title}: {one.reason}" if one.reason else one.rule.title)
            for of in one.queries:
                print(f"  {of.kind}: {of.text}")
        reasons = Counter(one.reason for one in found)
        print(f"{reasons.pop('', 0)} of {len(found)} rules have a query", file=sys.stderr)
        return 0


ACTS = (Queries(),)
