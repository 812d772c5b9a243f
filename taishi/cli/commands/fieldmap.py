"""`taishi fieldmap`: which field of a device is which ECS field; tried on lines before it is kept."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from taishi.app.desk import Desk
from taishi.app.export import event_line
from taishi.app.field_maps import FieldMaps, Listed, Tried, try_map
from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import SystemClock
from taishi.core.problems import Problem


class FieldMap:
    name = "fieldmap"
    help = "field maps of firewalls and other devices: list, show, try on lines, add, undo, remove"
    example = "taishi fieldmap try county_gate.yml --lines gate.log"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        answer_arguments(acts.add_parser("list", help="every map, shipped and own"))
        show = acts.add_parser("show", help="one map as YAML: the beginning of one of your own")
        show.add_argument("name", metavar="NAME")
        answer_arguments(show)
        tries = acts.add_parser("try", help="what a map makes of lines; exit 1 where one of them fails")
        tries.add_argument("map", metavar="NAME|FILE.yml")
        tries.add_argument("--lines", type=Path, metavar="FILE", help="lines (default: standard input)")
        answer_arguments(tries)
        add = acts.add_parser("add", help="keeps a map in the data directory; one of that name is replaced")
        add.add_argument("file", type=Path, metavar="FILE.yml")
        _act_arguments(add)
        for name, words in (
            ("undo", "back to the version before the last change"),
            ("remove", "takes an own map away; undo brings it back"),
        ):
            act = acts.add_parser(name, help=words)
            act.add_argument("name", metavar="NAME")
            _act_arguments(act)

    def run(self, args: argparse.Namespace) -> int:
        acts = {"list": _list, "show": _show, "try": _try, "add": _add, "undo": _undo, "remove": _remove}
        return acts[args.act](args)


def _act_arguments(parser: argparse.ArgumentParser) -> None:
    answer_arguments(parser)
    parser.add_argument(
        "--as", dest="person", metavar="PERSON", help="an administrator (default: the system)"
    )
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")


def _known(args: argparse.Namespace) -> FieldMaps | None:
    """Those of the data directory; None where there is none."""
    if not args.state_store and not (args.data / "state.sqlite").is_file():
        return None
    with desk(args) as found:
        return found.field_maps


def _listed(args: argparse.Namespace) -> tuple[list[Listed], Sequence[str]]:
    from sensors.fieldmaps.shelf import shipped

    known = _known(args)
    if known is None:
        return [Listed(one, 0) for one in shipped()], ()
    return known.listed(), known.problems


def _list(args: argparse.Namespace) -> int:
    listed, problems = _listed(args)
    if args.json:
        print_json({"maps": [_document(one) for one in listed], "problems": list(problems)})
        return 0
    rows = [
        (found.name, found.title.zh, found.format, "own" if own else "shipped")
        for found, own in ((one.mapped.map, one.mapped.own) for one in listed)
    ]
    print_table(("map", "title", "format", "from"), rows)
    for problem in problems:
        print(f"! {problem}")
    return 0


def _document(one: Listed) -> Document:
    found = one.mapped.map
    return {
        "name": found.name,
        "title": {"zh": found.title.zh, "en": found.title.en},
        "format": found.format,
        "module": found.module,
        "own": one.mapped.own,
        "former": one.former,
    }


def _show(args: argparse.Namespace) -> int:
    one = _named(args, args.name)
    if args.json:
        print_json({**_document(one), "yaml": one.mapped.text})
    else:
        sys.stdout.write(one.mapped.text)
    return 0


def _named(args: argparse.Namespace, name: str) -> Listed:
    listed, _ = _listed(args)
    for one in listed:
        if one.mapped.name == name:
            return one
    names = ", ".join(one.mapped.name for one in listed)
    raise Problem(f"{name}: no field map of that name, and no file; there are: {names}")


def _try(args: argparse.Namespace) -> int:
    path = Path(args.map)
    text = _text(path) if path.suffix in (".yml", ".yaml") else _named(args, args.map).mapped.text
    lines = _text(args.lines) if args.lines else sys.stdin.read()
    tried = try_map(text, lines, SystemClock().now())
    if not tried:
        raise Problem("no line to try; give some with --lines FILE or on standard input")
    if args.json:
        print_json({"lines": [_tried_document(one) for one in tried]})
    else:
        for one in tried:
            _print_tried(one)
    return 1 if any(one.reason for one in tried) else 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise Problem(f"{path}: no such file; check the path") from None
    except UnicodeDecodeError:
        raise Problem(f"{path}: is not UTF-8") from None


def _tried_document(one: Tried) -> Document:
    event = json.loads(event_line(one.event)) if one.event else None
    return {"line": one.line, "event": event, "reason": one.reason}


def _print_tried(one: Tried) -> None:
    if one.reason:
        print(f"! line {one.line}: {one.reason}")
    elif one.event is None:
        print(f"line {one.line}: the head of a table")
    else:
        print(f"line {one.line}: {one.event.kind}")
        skipped = ("event.id", "event.original", "taishi.extra", "taishi.sensor", "taishi.record")
        for name, value in one.event.fields.items():
            if name not in skipped:
                print(f"  {name}: {value}")
        for name, kept in one.event.extra.items():
            print(f"  ({name}: {kept})")


def _actor(found: Desk, name: str | None) -> str:
    return person_id(found, name) if name else SYSTEM


def _add(args: argparse.Namespace) -> int:
    text = _text(args.file)
    with desk(args, may_create=True) as found:
        mapped = found.field_maps.save(text, _actor(found, args.person), args.why)
    return _said(args, mapped.name, "saved")


def _undo(args: argparse.Namespace) -> int:
    with desk(args) as found:
        found.field_maps.undo(args.name, _actor(found, args.person), args.why)
    return _said(args, args.name, "undone")


def _remove(args: argparse.Namespace) -> int:
    with desk(args) as found:
        found.field_maps.remove(args.name, _actor(found, args.person), args.why)
    return _said(args, args.name, "removed")


def _said(args: argparse.Namespace, name: str, what: str) -> int:
    if args.json:
        print_json({"name": name, what: True})
    else:
        print(f"{name}: {what}")
    return 0


COMMAND = FieldMap()
