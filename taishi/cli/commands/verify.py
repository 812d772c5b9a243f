"""`taishi verify`: whether the audit is whole, or an evidence file is."""

import argparse
from pathlib import Path

from taishi.cli.data import answer_arguments, desk
from taishi.cli.evidence_check import run_check
from taishi.cli.output import print_json


class Verify:
    name = "verify"
    help = "prove the audit chain, or an evidence file: exit 1 where anything was changed, removed or moved"
    example = "taishi verify evidence.zip --certificate bureau.pem"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, metavar="FILE.zip", help="an evidence file; needs no data directory"
        )
        parser.add_argument(
            "--certificate",
            type=Path,
            metavar="FILE.pem",
            help="the seal's, as the bureau gave it",
        )
        parser.add_argument(
            "--with-data", action="store_true", help="also hold the file against the audit chain of --data"
        )
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        if args.file is not None:
            return run_check(args)
        with desk(args) as found:
            problems = found.state.verify()
            lines = len(found.state.decisions())
        if args.json:
            print_json({"ok": not problems, "lines": lines, "problems": [one.en for one in problems]})
        else:
            for problem in problems:
                print(f"! {problem.zh} {problem.en}")
            print(f"{lines} lines, {'whole' if not problems else f'{len(problems)} problems'}")
        return 1 if problems else 0


COMMAND = Verify()
