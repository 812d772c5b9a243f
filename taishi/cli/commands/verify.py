"""`taishi verify`: whether the audit is whole."""

import argparse

from taishi.cli.data import answer_arguments, desk
from taishi.cli.output import print_json


class Verify:
    name = "verify"
    help = "prove the audit chain: exit 1 where a line was changed, removed or moved"
    example = "taishi verify --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
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
