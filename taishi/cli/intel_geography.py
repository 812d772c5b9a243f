"""`taishi intel geography`: which files say where addresses are."""

import argparse
from pathlib import Path

from enrichment.geography import NOWHERE, Place, credit, not_available
from taishi.app.places import told
from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import rfc3339
from taishi.kit.countries import country_name


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--file", type=Path, nargs="+", metavar="FILE.mmdb", help="use these before the product's own"
    )
    parser.add_argument("--default", action="store_true", help="use the product's own alone again")
    answer_arguments(parser)
    parser.add_argument("--as", dest="person", metavar="PERSON", help="who does it (default: the system)")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")


def run(args: argparse.Namespace) -> int:
    with desk(args, may_create=True) as found:
        if args.file or args.default:
            actor = person_id(found, args.person) if args.person else SYSTEM
            found.places.set_files(args.file or (), actor, args.why)
        files, ailing = found.places.now().files, found.places.ailing()
    named = credit(files)
    if args.json:
        shown = [{"path": str(one.path), "made_at": rfc3339(one.made_at), "type": one.type} for one in files]
        print_json({"files": shown, "problems": ailing, "credit": named.en if named else None})
        return 0
    print_table(("file", "made", "type"), ((str(one.path), rfc3339(one.made_at), one.type) for one in files))
    for problem in ailing:
        print(f"! {problem}")
    if named:
        print(named.zh)
    if wanting := not_available(files):
        print(f"! {wanting.zh}")
    return 0


def place_line(place: Place) -> str | None:
    """A place on one line, in Chinese."""
    said = told(place)
    return said.zh if said else None


def place_document(place: Place) -> Document | None:
    """A place as `--json` prints it; None where nothing is known."""
    if place is NOWHERE:
        return None
    return {
        "country": place.country,
        "country_name": country_name(place.country).zh if place.country else None,
        "as": place.number,
        "organization": place.organization,
    }
