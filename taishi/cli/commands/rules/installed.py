"""The rules of a data directory, for the acts beside this file."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from detections.engine.load import RulePack
from detections.pack import with_packs
from taishi.app.desk import Desk
from taishi.app.rulebook import Rulebook, pack_paths
from taishi.cli.data import desk
from taishi.cli.progress import progress
from taishi.core.clock import SystemClock
from taishi.kit.kept import Kept, default_folder


def installed_rules(args: argparse.Namespace) -> RulePack:
    """Our own rules and those of the packs added to `--data`."""
    return with_packs(pack_paths(args.data), Kept(default_folder()))


@contextmanager
def desk_if_any(args: argparse.Namespace) -> Iterator[Desk | None]:
    """The desk over `--data`; None where no service has run there yet."""
    if args.state_store or (args.data / "state.sqlite").is_file():
        with desk(args) as found:
            yield found
    else:
        yield None


@contextmanager
def rulebook(args: argparse.Namespace) -> Iterator[Rulebook]:
    """For acts on packs; who does them is asked and audited where there is a state to hold it."""
    with desk_if_any(args) as found, progress("rules") as show:
        clock, state = (found.clock, found.state) if found else (SystemClock(), None)
        yield Rulebook(args.data, clock, state, Kept(default_folder()), show)
