"""`taishi notice print`: many letters as PDF, by few starts of LibreOffice."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from taishi.app.desk import Desk
from taishi.cli.data import answer_arguments, desk
from taishi.cli.output import print_json
from taishi.cli.progress import progress
from taishi.core.notice_records import Notice, NoticeState
from taishi.core.problems import Problem


def printing_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID", help="letters; without any, all of --state")
    parser.add_argument("--state", choices=get_args(NoticeState), default="issued")
    parser.add_argument("--out", type=Path, metavar="FOLDER", required=True)
    answer_arguments(parser)


def run_printing(args: argparse.Namespace) -> int:
    """Raises Problem where the folder cannot be written or LibreOffice is missing."""
    with desk(args) as found, progress("printing") as tell:
        chosen = _chosen(args, found)
        try:
            args.out.mkdir(parents=True, exist_ok=True)
            made = []
            for notice, pdf in zip(chosen, found.letters.pdfs([one.id for one in chosen]), strict=True):
                path = args.out / f"{_name(notice)}.pdf"
                path.write_bytes(pdf)
                made.append(path)
                tell(len(made), len(chosen))
        except OSError as error:
            raise Problem(
                f"--out {args.out}: {error.strerror}; choose a folder that can be written"
            ) from None
    if args.json:
        print_json({"files": [str(path) for path in made]})
    else:
        print(f"{args.out}: {len(made)} letters")
    return 0


def _chosen(args: argparse.Namespace, found: Desk) -> Sequence[Notice]:
    if args.ids:
        return [found.letters.get(notice_id) for notice_id in dict.fromkeys(args.ids)]
    return found.letters.list(args.state)


def _name(notice: Notice) -> str:
    """Its number, or its id before it has one, and its unit: no two letters have the same."""
    return f"{notice.number or notice.id}-{notice.unit}".replace("/", "-")
