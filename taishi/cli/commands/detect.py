"""`taishi detect`: Sigma hits on files."""

import argparse
from pathlib import Path

from taishi.app.sigma_scan import Scan, scan
from taishi.cli.inputs import input_document
from taishi.cli.output import Document, print_json, print_table


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
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        result = scan(args.paths, args.rules)
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
            "loaded": result.loaded,
            "refused": [{"path": one.path, "reason": one.reason} for one in result.refused],
        },
        "hits": [
            {"rule": one.rule, "path": one.path, "record": one.record, "event_id": one.event_id}
            for one in result.hits
        ],
        "correlations": [],
    }


def _print(result: Scan) -> None:
    for one in result.inputs:
        if one.unusable:
            print(f"! {one.unusable}")
    print(f"{result.loaded} rules, {len(result.refused)} refused, {len(result.hits)} hits")
    for refusal in result.refused:
        print(f"! {refusal.path}: {refusal.reason}")
    if result.hits:
        rows = ((one.rule, one.title, one.path, str(one.record)) for one in result.hits)
        print_table(("rule", "title", "path", "record"), rows)


COMMAND = Detect()
