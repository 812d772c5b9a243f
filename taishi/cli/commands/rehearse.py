"""`taishi rehearse`: a story through the real loop, on a directory and a clock of its own."""

import argparse
import sys
import tempfile
from pathlib import Path

from taishi.app.rehearsal.effects import end_of
from taishi.app.rehearsal.player import Player
from taishi.app.rehearsal.stage import set_up
from taishi.app.rehearsal.story import read_story, strange_keys
from taishi.cli.output import print_json
from taishi.cli.rehearsal_told import end_document, print_end, print_step, step_document


class Rehearse:
    name = "rehearse"
    help = "play a story of units, events, answers and time through the real loop (docs/rehearsing.md)"
    example = "taishi rehearse story.json --data ./rehearsal"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("story", type=Path, metavar="SCENARIO.json")
        parser.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            help="new directory to leave (default: one in the temporary folder)",
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        story = read_story(args.story)
        for key in strange_keys(args.story):
            print(f"taishi: {args.story}: {key}: means nothing here and is passed over", file=sys.stderr)
        data = args.data or Path(tempfile.mkdtemp(prefix="taishi-rehearsal-"))
        stage = set_up(data, story)
        try:
            steps = []
            for played in Player(stage, story).play():
                steps.append(step_document(played))
                if not args.json:
                    print_step(played)
            end = end_of(stage.desk, story.start)
        finally:
            stage.desk.close()
        if args.json:
            print_json({"data": str(data), "steps": steps, "end": end_document(end)})
        else:
            print_end(end, data)
        return 0


COMMAND = Rehearse()
