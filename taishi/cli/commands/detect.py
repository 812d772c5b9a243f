"""`taishi detect`: Sigma hits on files."""

import argparse
from pathlib import Path

from taishi.app.rule_options import read_options
from taishi.app.sigma_scan import Scan, scan
from taishi.cli.inputs import field_maps_argument, input_document
from taishi.cli.output import Document, print_json, print_table
from taishi.cli.progress import progress


class Detect:
    name = "detect"
    help = "match Sigma rules on files and print every hit"
    example = "taishi detect Security.evtx --rules sigma/rules --json"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder of any kind")
        parser.add_argument(
            "--rules",
            type=Path,
            nargs="+",
            action="extend",
            required=True,
            metavar="DIR",
            help="folder, file or release zip",
        )
        parser.add_argument(
            "--placeholders",
            type=Path,
            metavar="FILE",
            help="values of %%placeholders%% (YAML: name: [value])",
        )
        parser.add_argument(
            "--logsources",
            type=Path,
            metavar="DIR",
            help="log sources of your own, asked before the shipped ones",
        )
        parser.add_argument(
            "--pipeline",
            type=Path,
            nargs="+",
            default=(),
            metavar="FILE",
            help="pySigma pipelines for all rules",
        )
        field_maps_argument(parser)
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        options = read_options(args.placeholders, args.logsources, args.pipeline)
        with progress("compiling rules") as show:
            result = scan(args.paths, args.rules, options, show, args.field_maps)
        if args.json:
            print_json(document(result))
        else:
            _print(result)
        return 0


def document(result: Scan) -> Document:
    """The document of CONTRACT `detect --json`."""
    return {
        "events": sum(one.events for one in result.inputs),
        "quarantined": sum(one.quarantined for one in result.inputs),
        "inputs": [input_document(one) for one in result.inputs],
        "rules": {
            "loaded": len(result.pack),
            "filters": result.pack.filters,
            "refused": [{"path": one.path, "reason": one.reason} for one in result.pack.refused],
            "waiting": [
                {"rule": rule.id, "path": rule.path, "placeholders": list(rule.waiting)}
                for rule in result.pack.rules
                if rule.waiting
            ],
        },
        "hits": [
            {"rule": one.rule, "path": one.path, "record": one.record, "event_id": one.event_id}
            for one in result.hits
        ],
        "correlations": [
            {"rule": one.correlation, "group": one.group, "events": list(one.events), "count": one.count}
            for one in result.correlated
        ],
    }


def _print(result: Scan) -> None:
    for one in result.inputs:
        if one.unusable:
            print(f"! {one.unusable}")
    waiting = [rule for rule in result.pack.rules if rule.waiting]
    print(
        f"{len(result.pack)} rules, {len(result.pack.refused)} refused, "
        f"{len(waiting)} waiting for placeholders, "
        f"{len(result.hits)} hits, {len(result.correlated)} correlations"
    )
    for refusal in result.pack.refused:
        print(f"! {refusal.path}: {refusal.reason}")
    for rule in waiting:
        names = ", ".join(f"%{name}%" for name in rule.waiting)
        print(f"- {rule.title} waits for values of {names} (--placeholders)")
    if result.hits:
        rows = ((one.rule, one.title, one.path, str(one.record)) for one in result.hits)
        print_table(("rule", "title", "path", "record"), rows)
    if result.correlated:
        print_table(("correlation", "group", "events"), map(_row, _by_title(result)))


def _by_title(result: Scan) -> list[tuple[str, str, int]]:
    titles = {one.id: one.title for one in result.pack.correlations}
    return [
        (titles[one.correlation], ", ".join(f"{k}={v}" for k, v in one.group.items()) or "—", one.count)
        for one in result.correlated
    ]


def _row(cells: tuple[str, str, int]) -> tuple[str, str, str]:
    return cells[0], cells[1], str(cells[2])


COMMAND = Detect()
