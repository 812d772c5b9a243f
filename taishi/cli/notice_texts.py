"""`taishi notice texts`: the sentences of letters, shown, set and taken back."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from notices.texts import Words, ours
from taishi.app.desk import Desk
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.output import print_json, print_table
from taishi.core.problems import Problem


def texts_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", type=Path, metavar="FILE.yml", help="put these sentences in place of ours")
    parser.add_argument("--undo", action="store_true", help="put back what was set before the last change")
    parser.add_argument("--preview", type=Path, metavar="FILE.yml", help="print specimens that say so")
    parser.add_argument("--text", action="store_true", help="print what differs from ours, to be edited")
    parser.add_argument("--as", dest="person", metavar="PERSON", help="name of who changes it")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
    answer_arguments(parser)


def run_texts(args: argparse.Namespace) -> int:
    with desk(args) as found:
        if args.preview is not None:
            return _preview(args, found)
        if args.set is not None or args.undo:
            _change(args, found)
        changed = found.letter_texts.now().changed
        if args.text:
            print(found.letter_texts.text(), end="")
        elif args.json:
            print_json({"sentences": {key: _document(key, changed) for key in ours()}})
        else:
            print_table(("sentence", "changed", "says"), (_row(key, changed) for key in ours()))
    return 0


def _change(args: argparse.Namespace, found: Desk) -> None:
    if not args.person:
        raise Problem("--set, --undo: say who changes the sentences with --as PERSON")
    by = person_id(found, args.person)
    if args.undo:
        found.letter_texts.undo(by, args.why)
    else:
        found.letter_texts.put(_read(args.set, "--set"), by, args.why, str(args.set))


def _preview(args: argparse.Namespace, found: Desk) -> int:
    made = found.letter_texts.preview(_read(args.preview, "--preview"), str(args.preview))
    if args.json:
        print_json({type_: list(content.texts()) for type_, content in made.items()})
    else:
        for content in made.values():
            print("\n".join((content.title, *(each.text for each in content.body), "")))
    return 0


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{option} {path}: cannot be read ({error})") from None


def _said(key: str, changed: Mapping[str, Words]) -> Words:
    return changed.get(key, ours()[key])


def _document(key: str, changed: Mapping[str, Words]) -> dict[str, object]:
    return {"says": _said(key, changed), "changed": key in changed}


def _row(key: str, changed: Mapping[str, Words]) -> tuple[str, ...]:
    words = _said(key, changed)
    return key, "yes" if key in changed else "", words if isinstance(words, str) else "；".join(words)
