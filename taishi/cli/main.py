"""`taishi …`: finds the subcommand, turns problems into one line and an exit status."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from taishi import __version__
from taishi.cli import commands
from taishi.core.discover import discover
from taishi.core.problems import Problem


class Command(Protocol):
    """One subcommand: a module-level `COMMAND` of a file in `taishi/cli/commands/`."""

    @property
    def name(self) -> str: ...

    @property
    def help(self) -> str: ...

    @property
    def example(self) -> str: ...

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int:
        """The exit status: 0 done, 1 the check asked for did not hold."""


def parser(named: str | None = None) -> argparse.ArgumentParser:
    """Of all commands, or of the one that is named: the others are not even loaded then."""
    top = argparse.ArgumentParser(
        prog="taishi", description="Network and data-security posture monitoring (态势)."
    )
    top.add_argument("--version", action="version", version=f"taishi {__version__}")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _commands(named):
        sub = subparsers.add_parser(
            command.name,
            help=command.help,
            description=command.help,
            epilog=f"example: {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(sub)
        sub.set_defaults(run=command.run)
    return top


def _commands(named: str | None) -> list[Command]:
    if named is not None and named.isidentifier() and find_spec(f"{commands.__name__}.{named}") is not None:
        return [import_module(f"{commands.__name__}.{named}").COMMAND]
    return cast(list[Command], list(discover(commands, "COMMAND")))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Problems end it with one line on standard error."""
    # Threads of numpy's linear algebra cost more at every start than any command here could win by them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):  # Chinese must not fail where the locale cannot show it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        given = sys.argv[1:] if argv is None else list(argv)
        args = parser(given[0] if given else None).parse_args(given)
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except Problem as problem:
        print(f"taishi: {problem}", file=sys.stderr)
        return problem.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"taishi: {error}; check the path, its rights and free space", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


if __name__ == "__main__":
    sys.exit(main())
