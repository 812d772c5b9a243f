"""`taishi rules list`."""

import argparse
from collections import Counter

from taishi.app.rule_costs import read_costs
from taishi.app.rule_listing import (
    OWN,
    Listed,
    Shelves,
    Wanted,
    kinds_seen,
    list_rules,
    sight_of,
    worst_first,
)
from taishi.app.rulebook import Pack, Rulebook
from taishi.cli.commands.rules.installed import desk_if_any, installed_rules
from taishi.cli.data import answer_arguments
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import ZONE, SystemClock, rfc3339

_LEVELS = ("informational", "low", "medium", "high", "critical")
_STATES = ("ready", "waiting", "no source", "refused")


class Listing:
    name = "list"
    help = (
        "the packs that are installed, or with --rules (or a filter) every rule with its state, hits and cost"
    )
    examples = (
        "taishi rules list --data ./data",
        "taishi rules list --rules --level critical --product windows --data ./data",
        "taishi rules list --state refused --data ./data",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--rules", action="store_true", help="every rule instead of packs")
        parser.add_argument("--level", choices=_LEVELS)
        parser.add_argument(
            "--product", metavar="NAME", help="product, category or service of the log source"
        )
        parser.add_argument("--tag", metavar="TAG", help="e.g. attack.t1110 or t1110")
        parser.add_argument("--text", metavar="WORDS", help="in id, title, tags or path")
        parser.add_argument(
            "--state",
            choices=_STATES,
            help="waiting: for values of placeholders; no source: no events that it could hit were seen",
        )
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        wanted = Wanted(args.level, args.product, args.tag, args.text, args.state)
        packs = Rulebook(args.data, SystemClock()).packs()
        rules = _listed(args, packs)
        if args.rules or wanted != Wanted():
            _print_rules(args, worst_first(one for one in rules if wanted.fits(one)))
        else:
            _print_packs(args, packs, rules)
        return 0


def _listed(args: argparse.Namespace, packs: list[Pack]) -> list[Listed]:
    pack, costs = installed_rules(args), read_costs(args.data)
    with desk_if_any(args) as found:
        seen = kinds_seen(found.events) if found else frozenset()
    by_rule = {one.rule: one for one in costs.rules} if costs else {}
    shelves = Shelves({one.name: one.path for one in packs})
    return list(list_rules(pack, shelves, sight_of(pack, seen), by_rule))


def _print_packs(args: argparse.Namespace, packs: list[Pack], rules: list[Listed]) -> None:
    counts = Counter((one.pack, one.state == "refused") for one in rules)
    installed: dict[str, Pack | None] = {OWN: None, **{one.name: one for one in packs}}
    if args.json:
        print_json(
            {
                "packs": [
                    {
                        "name": name,
                        "rules": counts[name, False],
                        "refused": counts[name, True],
                        **_origin(pack),
                    }
                    for name, pack in installed.items()
                ]
            }
        )
        return
    rows = (
        (name, str(counts[name, False]), str(counts[name, True]), *_shown_origin(pack))
        for name, pack in installed.items()
    )
    print_table(("pack", "rules", "refused", "version", "added", "from"), rows)


def _origin(pack: Pack | None) -> Document:
    if pack is None or pack.manifest is None:
        return {}
    known = pack.manifest
    return {
        "version": known.version,
        "sha256": known.sha256,
        "source": known.source,
        "added_at": rfc3339(known.added_at),
        "added_by": known.by,
        "undo": pack.undo,
    }


def _shown_origin(pack: Pack | None) -> tuple[str, str, str]:
    if pack is None or pack.manifest is None:
        return "—", "—", "—"
    known = pack.manifest
    return (
        known.version[:20] or known.sha256[:12],
        f"{known.added_at.astimezone(ZONE):%Y-%m-%d}",
        known.source,
    )


def _print_rules(args: argparse.Namespace, rules: list[Listed]) -> None:
    if args.json:
        print_json({"rules": [_document(one) for one in rules]})
        return
    rows = (
        (
            one.level or "—",
            one.state,
            _number(one.hits),
            "—" if one.seconds is None else f"{one.seconds:.2f}",
            one.source or "—",
            one.pack,
            one.id or one.path,
            f"{one.title} ({one.why})" if one.why else one.title,
        )
        for one in rules
    )
    print_table(("level", "state", "hits", "seconds", "log source", "pack", "id", "title"), rows)
    print(f"{len(rules)} rules")


def _number(count: int | None) -> str:
    return "—" if count is None else str(count)


def _document(one: Listed) -> Document:
    return {
        "id": one.id,
        "title": one.title,
        "level": one.level,
        "pack": one.pack,
        "logsource": one.logsource,
        "tags": one.tags,
        "path": one.path,
        "state": one.state,
        "why": one.why,
        "hits": one.hits,
        "seconds": one.seconds,
    }


ACTS = (Listing(),)
