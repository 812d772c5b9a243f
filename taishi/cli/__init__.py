"""The command line: one file a subcommand in `taishi/cli/commands/`."""

from taishi.cli.main import main

__all__ = ["main"]
