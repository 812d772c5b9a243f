"""`taishi units`: the register of units and their assets."""

import argparse
from pathlib import Path

from taishi.app.registry import export_register, import_register
from taishi.cli.data import answer_arguments, desk
from taishi.cli.output import print_json, print_table
from taishi.core.records import TIER_NAMES, Asset, Unit


class Units:
    name = "units"
    help = "import, list and export the unit and asset register"
    example = "taishi units import register.xlsx --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        for name, words in (
            ("import", "take over units and assets of an XLSX or CSV sheet"),
            ("export", "write the register as XLSX"),
        ):
            act = acts.add_parser(name, help=words)
            act.add_argument("path", type=Path, metavar="FILE")
            answer_arguments(act)
        show = acts.add_parser("list", help="every unit with its assets")
        answer_arguments(show)

    def run(self, args: argparse.Namespace) -> int:
        acts = {"import": _import, "list": _list, "export": _export}
        return acts[args.act](args)


def _import(args: argparse.Namespace) -> int:
    args.data.mkdir(parents=True, exist_ok=True)
    with desk(args, may_create=True) as found:
        done = import_register(found, args.path, by="system")
    if args.json:
        print_json({"units": done.units, "assets": done.assets, "added": done.added, "changed": done.changed})
    else:
        print(f"{done.units} units, {done.assets} assets: {done.added} new, {done.changed} changed")
    return 0


def _list(args: argparse.Namespace) -> int:
    with desk(args) as found:
        units = {unit.id: unit.name for unit in found.state.find(Unit)}
        assets = found.state.find(Asset)
    rows = [
        (units.get(one.unit, one.unit), one.value, one.name, TIER_NAMES[one.tier].zh, str(one.grade or "—"))
        for one in assets
    ]
    if args.json:
        keys = ("unit", "value", "name", "tier", "grade")
        print_json(
            {"units": sorted(units.values()), "assets": [dict(zip(keys, row, strict=True)) for row in rows]}
        )
    else:
        print_table(("unit", "address", "asset", "tier", "grade"), rows)
    return 0


def _export(args: argparse.Namespace) -> int:
    with desk(args) as found:
        sheet = export_register(found, args.path)
    print(f"{args.path}: {len(sheet.units)} units, {len(sheet.assets)} assets")
    return 0


COMMAND = Units()
