"""`taishi rules convert`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from taishi.cli.output import print_json

if TYPE_CHECKING:
    from taishi.app.rule_convert import Converted


class Convert:
    name = "convert"
    help = "rules as queries of another system, on standard output; exit 1 if some cannot be converted"
    examples = (
        "taishi rules convert detections/rules --target lucene",
        "taishi rules convert new.yml --target elasticsearch --pipeline ecs_windows --format dsl_lucene",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folder, file or release zip")
        parser.add_argument(
            "--target",
            required=True,
            metavar="BACKEND",
            help="an installed pySigma backend: lucene (or elasticsearch), eql, esql, elastalert;"
            " others come with `pip install pysigma-backend-NAME`",
        )
        parser.add_argument(
            "--pipeline",
            action="append",
            default=[],
            metavar="NAME",
            help="pySigma pipeline by name, or a YAML file of one; repeat for several",
        )
        parser.add_argument("--format", metavar="NAME", help="one of the backend's output formats")
        parser.add_argument("--json", action="store_true", help="queries by rule, with the errors")

    def run(self, args: argparse.Namespace) -> int:
        from taishi.app.rule_convert import Converter  # pySigma takes a second: only when it is needed

        done = Converter(args.target, args.pipeline, args.format).convert(args.paths)
        if args.json:
            _print_document(args, done)
        else:
            _print(done)
            for error in done.errors:
                print(f"! {error.path}: {error.reason}", file=sys.stderr)
            if done.pipelines and not args.pipeline and sys.stderr.isatty():
                named = ", ".join(done.pipelines)
                print(f"fields keep Sigma's names; --pipeline can rename them: {named}", file=sys.stderr)
        return 1 if done.errors else 0


def _print(done: "Converted") -> None:
    """Queries with an empty line between them, documents one a line."""
    found = done.output if isinstance(done.output, list) else [done.output]
    texts = [one if isinstance(one, str) else msgspec.json.encode(one).decode() for one in found]
    between = "\n\n" if all(isinstance(one, str) for one in found) else "\n"
    if done.queries:
        print(between.join(texts))


def _print_document(args: argparse.Namespace, done: "Converted") -> None:
    print_json(
        {
            "target": args.target,
            "pipelines": args.pipeline,
            "queries": [
                {"rule": one.rule, "title": one.title, "path": one.path, "query": one.query}
                for one in done.queries
            ],
            "errors": [{"path": one.path, "title": one.title, "reason": one.reason} for one in done.errors],
        }
    )


ACTS = (Convert(),)
