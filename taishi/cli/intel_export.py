"""`taishi intel export`: what we know, for others, as STIX 2.1."""

import argparse
from pathlib import Path

from taishi.app.intel_export import export
from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.moment import moment
from taishi.cli.outfile import replacing
from taishi.cli.output import print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="the STIX 2.1 bundle")
    parser.add_argument("--from", dest="since", metavar="DATE", help="only what was touched from then on")
    parser.add_argument("--to", dest="until", metavar="DATE", help="and up to then (a date: that day, too)")
    parser.add_argument(
        "--tlp",
        choices=("clear", "green", "amber", "red"),
        default="amber",
        help="the marking of what has none of its own (default: %(default)s)",
    )
    answer_arguments(parser)
    parser.add_argument("--as", dest="person", metavar="PERSON", help="who does it (default: the system)")
    parser.add_argument("--why", default="", metavar="REASON", help="for whom, kept in the audit")


def run(args: argparse.Namespace) -> int:
    with desk(args) as found, replacing(args.out, "--out", []) as new:
        made = export(
            found,
            person_id(found, args.person) if args.person else SYSTEM,
            args.why,
            since=moment(args.since, "--from"),
            until=moment(args.until, "--to", end=True),
            tlp=args.tlp,
        )
        new.write_text(made.document, "utf-8")
    if args.json:
        print_json({"entered": made.entered, "found": made.found, "left_out": list(made.left_out)})
        return 0
    print(f"{args.out}: {made.entered} entered by hand, {made.found} found")
    for one in made.left_out:
        print(f"! {one}: STIX has no name for it; left out")
    return 0
