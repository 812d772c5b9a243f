"""`taishi restore`: a backup becomes an installation again."""

import argparse
from pathlib import Path

from taishi.app.backup.restoring import restore
from taishi.cli.data import answer_arguments
from taishi.cli.output import print_json, say


class Restore:
    name = "restore"
    help = "a backup into an empty data directory; every file and count is checked first"
    example = "taishi restore taishi-2026-12-01.tar --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.tar")
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        contents = restore(args.file, args.data, say)
        if args.json:
            told = {"made_at": contents.made_at, "files": len(contents.files)}
            print_json({**told, "events": contents.events, "state": contents.state})
            return 0
        events = "no events" if contents.events is None else f"{contents.events:,} events"
        print(f"{args.data}: as it was on {contents.made_at:%Y-%m-%d %H:%M} UTC, {events}, audit whole")
        if contents.events is None:
            print(f"! events lie in {contents.store}; bring them back by that server's own snapshots")
        return 0


COMMAND = Restore()
