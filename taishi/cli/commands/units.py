"""`taishi units`: the register of units."""

import argparse

from taishi.app.desk import Desk
from taishi.app.registry_advice import unit_warnings, written
from taishi.cli.data import answer_arguments, desk
from taishi.cli.output import Document, print_json, print_table
from taishi.cli.register_acts import (
    UNIT_OPTIONS,
    act_arguments,
    actor,
    print_followed,
    run_export,
    run_import,
    run_undo,
    sheet_acts,
    value_arguments,
    values_of,
)
from taishi.core.records import TIER_NAMES, Asset, Unit


class Units:
    name = "units"
    help = "list, change, import and export the units of the register"
    example = "taishi units import register.xlsx --yes --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        answer_arguments(acts.add_parser("list", help="every unit with contacts and number of assets"))
        show = acts.add_parser("show", help="one unit with everything registered")
        add = acts.add_parser("add", help="a new unit")
        change = acts.add_parser("set", help="change what is known of a unit")
        change.add_argument("--name", dest="new_name", default="", metavar="NAME", help="another name")
        remove = acts.add_parser("remove", help="a unit without assets goes")
        for act in (show, add, change, remove):
            act.add_argument("unit", metavar="UNIT")
        for act in (add, change):
            value_arguments(act, UNIT_OPTIONS)
        for act in (add, change, remove):
            act_arguments(act)
        answer_arguments(show)
        sheet_acts(acts)

    def run(self, args: argparse.Namespace) -> int:
        acts = {
            "list": _list, "show": _show, "add": _add, "set": _set, "remove": _remove,
            "import": run_import, "export": run_export, "undo": run_undo,
        }  # fmt: skip
        return acts[args.act](args)


def _list(args: argparse.Namespace) -> int:
    with desk(args) as found:
        units, assets = found.register.units(), found.register.assets()
    names = {unit.id: unit.name for unit in units}
    if args.json:
        print_json(
            {
                "units": [_document(unit, names, assets) for unit in units],
                "assets": len(assets),
            }
        )
        return 0
    rows = [
        (
            unit.name,
            names.get(unit.parent or "", "—"),
            "、".join(one.name for one in unit.contacts) or "—",
            str(sum(asset.unit == unit.id for asset in assets)),
            "; ".join(warning.zh for warning in unit_warnings(unit)),
        )
        for unit in units
    ]
    print_table(("unit", "parent", "contacts", "assets", "warnings"), rows)
    return 0


def _show(args: argparse.Namespace) -> int:
    with desk(args) as found:
        _print(args, found, found.edits.unit(args.unit))
    return 0


def _add(args: argparse.Namespace) -> int:
    with desk(args, may_create=True) as found:
        found.edits.add({"unit": args.unit, **values_of(args)}, actor(found, args), args.why)
        _print(args, found, found.edits.unit(args.unit))
    return 0


def _set(args: argparse.Namespace) -> int:
    with desk(args) as found:
        unit, followed = found.edits.set_unit(
            found.edits.unit(args.unit), values_of(args), actor(found, args), args.why, args.new_name
        )
        _print(args, found, unit)
        if not args.json:
            print_followed(followed)
    return 0


def _remove(args: argparse.Namespace) -> int:
    with desk(args) as found:
        found.edits.remove_unit(found.edits.unit(args.unit), actor(found, args), args.why)
    if args.json:
        print_json({"removed": args.unit})
    else:
        print(f"{args.unit}: removed")
    return 0


def _print(args: argparse.Namespace, found: Desk, unit: Unit) -> None:
    units = {one.id: one.name for one in found.register.units()}
    document = _document(unit, units, found.register.assets())
    if args.json:
        print_json(document)
        return
    for key, value in document.items():
        print(f"{key}: {written(tuple(value) if isinstance(value, list) else value)}")


def _document(unit: Unit, names: dict[str, str], assets: list[Asset]) -> Document:
    people = [f"{one.name} {one.phone or ''} {one.email or ''}".strip() for one in unit.contacts]
    return {
        "unit": unit.name,
        "id": unit.id,
        "parent": names.get(unit.parent) if unit.parent else None,
        "district": unit.district,
        "head": f"{unit.head.name} {unit.head.phone or ''}".strip() if unit.head else None,
        "contacts": people,
        "tier": TIER_NAMES[unit.tier].zh if unit.tier else None,
        "weight": unit.weight,
        "assets": sum(asset.unit == unit.id for asset in assets),
        "warnings": [warning.zh for warning in unit_warnings(unit)],
    }


COMMAND = Units()
