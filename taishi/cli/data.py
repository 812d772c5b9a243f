"""The data directory that a command works on, and who does it."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taishi.app.desk import Desk, open_desk
from taishi.app.loop.actors import UNIT, is_unit
from taishi.core.problems import Problem
from taishi.core.records import Person, Unit

DEFAULT = "data"


def data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("TAISHI_DATA", DEFAULT)),
        metavar="DIR",
        help=f"data directory (default: TAISHI_DATA, else ./{DEFAULT})",
    )
    parser.add_argument(
        "--store",
        default=os.environ.get("TAISHI_STORE"),
        metavar="URI",
        help="event store, e.g. elasticsearch+http://127.0.0.1:9200 (default: in the data directory)",
    )
    parser.add_argument(
        "--state-store",
        default=os.environ.get("TAISHI_STATE"),
        metavar="URI",
        help="state, e.g. postgresql://taishi@db.example/taishi (default: in the data directory)",
    )


def answer_arguments(parser: argparse.ArgumentParser) -> None:
    """The data directory, and how the answer is printed."""
    data_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def act_arguments(parser: argparse.ArgumentParser) -> None:
    """Every act names who does it and why."""
    parser.add_argument("--as", dest="person", required=True, metavar="PERSON", help="name of who does it")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")


@contextmanager
def desk(args: argparse.Namespace, *, may_create: bool = False) -> Iterator[Desk]:
    """The desk over `--data`, also beside a running service: events are only read.

    `may_create`: a directory without data is made one; otherwise that is a Problem.
    """
    fresh = may_create and not (args.data / ("events" if args.state_store else "state.sqlite")).exists()
    found = open_desk(args.data, store_uri=args.store, state_uri=args.state_store, read_only=not fresh)
    try:
        yield found
    finally:
        found.close()


def person_id(found: Desk, name: str) -> str:
    """The id of the person of that name. Raises Problem where there is none."""
    for person in found.people.list():
        if person.name == name:
            return person.id
    names = ", ".join(person.name for person in found.people.list()) or "none"
    raise Problem(f"--as {name}: nobody of that name; there are: {names}")


def person_name(found: Desk, identity: str | None) -> str:
    """Who an id is, for people to read: a person, or the unit that acted itself."""
    if identity and is_unit(identity):
        unit = found.state.get(Unit, identity.removeprefix(UNIT))
        return unit.name if unit else identity
    person = found.state.get(Person, identity) if identity else None
    return person.name if person else identity or "—"
