"""`taishi rules`: Sigma rules, their packs and exceptions. One act, or a few that belong together, a file."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Protocol, cast

from taishi.cli.commands import rules
from taishi.core.discover import discover


class Act(Protocol):
    """One act of `taishi rules`: listed in `ACTS` of a file beside this one."""

    @property
    def name(self) -> str: ...

    @property
    def help(self) -> str: ...

    @property
    def examples(self) -> Sequence[str]: ...

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


class Rules:
    name = "rules"
    help = "Sigma rules: check, add, update, try, convert, list, and except from alerting"
    example = "taishi rules add sigma_core.zip --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        subparsers = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        for act in acts():
            sub = subparsers.add_parser(
                act.name,
                help=act.help,
                description=act.help,
                epilog="\n".join(["examples:", *(f"  {one}" for one in act.examples)]),
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
            act.arguments(sub)
            sub.set_defaults(act_run=act.run)

    def run(self, args: argparse.Namespace) -> int:
        return int(args.act_run(args))


def acts() -> Iterator[Act]:
    """In the order of the files' names."""
    for found in cast(list[Sequence[Act]], list(discover(rules, "ACTS"))):
        yield from found


COMMAND = Rules()
