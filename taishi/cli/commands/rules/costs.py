"""`taishi rules costs`."""

import argparse
from collections.abc import Mapping
from datetime import datetime

import msgspec

from taishi.app.rule_costs import RuleCost, RuleCosts, Searches, read_costs
from taishi.cli.commands.rules.installed import installed_rules
from taishi.cli.data import answer_arguments
from taishi.cli.output import print_json, print_table
from taishi.core.clock import ZONE, rfc3339


class Costs:
    name = "costs"
    help = "what each rule has cost and found in the running service, dearest first"
    examples = ("taishi rules costs --data ./data", "taishi rules costs --top 5 --json --data ./data")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--top", type=int, default=20, metavar="N", help="so many rules (default 20)")
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        costs = read_costs(args.data)
        if costs is None:
            print_json({"rules": []}) if args.json else print("no service has written any costs here yet")
            return 0
        dearest = sorted(costs.rules, key=lambda one: (-one.seconds, one.rule))[: args.top]
        _print_document(costs, dearest) if args.json else _print(args, costs, dearest)
        return 0


def _print_document(costs: RuleCosts, dearest: list[RuleCost]) -> None:
    dear = {one.rule for one in costs.dear()}
    print_json(
        {
            "since": rfc3339(costs.since),
            "at": rfc3339(costs.at),
            "seconds": round(costs.seconds, 3),
            "rules": [
                {
                    "rule": one.rule,
                    "hits": one.hits,
                    "evaluations": one.evaluations,
                    "seconds": one.seconds,
                    "dear": one.rule in dear,
                }
                for one in dearest
            ],
            "searches": msgspec.to_builtins(costs.searches),
        }
    )


def _print(args: argparse.Namespace, costs: RuleCosts, dearest: list[RuleCost]) -> None:
    pack = installed_rules(args)
    titles = {rule.id: rule.title for rule in pack.rules} | {one.id: one.title for one in pack.correlations}
    print(f"{_shown(costs.since)} to {_shown(costs.at)}: {len(costs.rules)} rules, {costs.seconds:.1f} s")
    rows = (
        (
            f"{one.seconds:.2f}",
            f"{one.seconds / costs.seconds:.0%}" if costs.seconds else "—",
            str(one.hits),
            str(one.evaluations),
            one.rule,
            titles.get(one.rule, "—"),
        )
        for one in dearest
    )
    print_table(("seconds", "share", "hits", "evaluations", "rule", "title"), rows)
    for one in costs.dear():
        print(f"! {titles.get(one.rule, one.rule)} costs too much: {one.seconds:.1f} s for {one.hits} hits")
    if costs.searches is not None:
        _print_searches(costs.searches, titles)


def _print_searches(done: Searches, titles: Mapping[str, str]) -> None:
    print(
        f"{done.rules} rules search the store: {done.queries} queries about {done.slices} parts of it found"
        f" {done.events} events"
    )
    for rule, times in sorted(done.unanswered.items(), key=lambda one: (-one[1], one[0])):
        print(f"! {titles.get(rule, rule)}: the engine stood in for its query {times} times")


def _shown(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(" ", "minutes")[:16]


ACTS = (Costs(),)
