"""`taishi backup`: everything of an installation in one file."""

import argparse
from pathlib import Path

import msgspec

from taishi.app.backup.contents import LAST, LastBackup
from taishi.app.backup.making import make_backup
from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk
from taishi.cli.output import print_json, say
from taishi.core.problems import Problem


class Backup:
    name = "backup"
    help = "state, events, papers, seal and settings in one file, also while the service runs"
    example = "taishi backup /mnt/other-machine/taishi-2026-12-01.tar --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.tar", help="must not be there yet")
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        if args.state_store:
            raise Problem("backup: the state lies on a server of its own; back that up there (pg_dump)")
        store = args.store or "embedded"
        with desk(args) as found:
            now = found.clock.now()
            contents, size = make_backup(args.data, args.file, store, now, say)
            last = LastBackup(now, str(args.file.resolve()), size)
            found.state.set_setting(LAST, msgspec.json.encode(last).decode())
            found.state.decide(now, SYSTEM, "backup", "backup", args.file.name, f"{size} bytes")
        if args.json:
            told = {"file": str(args.file), "bytes": size, "files": len(contents.files)}
            print_json({**told, "events": contents.events, "state": contents.state})
            return 0
        print(f"{args.file}: {len(contents.files)} files, {size:,} bytes; whoever has it has everything")
        if contents.events is None:
            print(f"! events are not in it: they lie in {store}; use that server's own snapshots")
        return 0


COMMAND = Backup()
