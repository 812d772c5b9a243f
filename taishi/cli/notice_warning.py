"""`taishi notice warn`: a warning to units, from facts written down as YAML."""

import argparse
from pathlib import Path

from notices.warning.facts import read_facts
from taishi.app.letter_warning import draft_warning
from taishi.cli.data import act_arguments, answer_arguments, desk, person_id
from taishi.cli.output import print_json, print_table
from taishi.core.problems import Problem


def warning_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FACTS.yml")
    parser.add_argument("units", nargs="+", metavar="UNIT")
    act_arguments(parser)
    answer_arguments(parser)


def run_warning(args: argparse.Namespace) -> int:
    try:
        facts = read_facts(args.file.read_text("utf-8"), str(args.file))
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{args.file}: cannot be read ({error})") from None
    with desk(args) as found, found.state.transaction():
        by = person_id(found, args.person)
        made = [
            draft_warning(found.state, found.clock, found.settings, facts, unit, by)
            for unit in dict.fromkeys(args.units)
        ]
    if args.json:
        print_json({"notices": [{"id": one.id, "unit": one.unit, "title": one.title} for one in made]})
    else:
        print_table(("id", "unit", "title"), ((one.id, one.unit, one.title) for one in made))
    return 0
