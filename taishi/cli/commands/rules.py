"""`taishi rules`: packs of Sigma rules."""

import argparse
from pathlib import Path

from detections.engine.load import load_rules
from detections.engine.rule import RulePack
from detections.pack import own_rules
from taishi.app.rulebook import add_pack, pack_paths, remove_pack
from taishi.cli.data import answer_arguments
from taishi.cli.output import print_json, print_table


class Rules:
    name = "rules"
    help = "add, list, check and remove packs of Sigma rules"
    example = "taishi rules add sigma_core.zip --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        for name, words in (
            ("add", "check a folder, file or release zip and keep it for this data directory"),
            ("check", "read rules and list the refused ones with their reasons; exit 1 if there are any"),
        ):
            act = acts.add_parser(name, help=words)
            act.add_argument("path", type=Path, metavar="PATH")
            answer_arguments(act)
        answer_arguments(acts.add_parser("list", help="our own rules and the packs added"))
        remove = acts.add_parser("remove", help="take a pack away")
        remove.add_argument("name", metavar="NAME")
        answer_arguments(remove)

    def run(self, args: argparse.Namespace) -> int:
        acts = {"add": _add, "check": _check, "list": _list, "remove": _remove}
        return acts[args.act](args)


def _add(args: argparse.Namespace) -> int:
    added = add_pack(args.data, args.path)
    _show(args, added.name, added.pack)
    if not args.json:
        print("a running service takes it up at its next start")
    return 0


def _check(args: argparse.Namespace) -> int:
    pack = load_rules([args.path])
    _show(args, str(args.path), pack)
    return 1 if pack.refused else 0


def _list(args: argparse.Namespace) -> int:
    packs = {"(own)": own_rules(), **{path.name: load_rules([path]) for path in pack_paths(args.data)}}
    rows = [(name, str(len(pack.rules)), str(len(pack.refused))) for name, pack in packs.items()]
    if args.json:
        print_json({"packs": [{"name": name, "rules": int(n), "refused": int(r)} for name, n, r in rows]})
    else:
        print_table(("pack", "rules", "refused"), rows)
    return 0


def _remove(args: argparse.Namespace) -> int:
    remove_pack(args.data, args.name)
    print(f"{args.name}: removed; a running service drops it at its next start")
    return 0


def _show(args: argparse.Namespace, name: str, pack: RulePack) -> None:
    refused = [{"path": one.path, "reason": one.reason} for one in pack.refused]
    if args.json:
        print_json({"name": name, "rules": len(pack.rules), "refused": refused})
        return
    print(f"{name}: {len(pack.rules)} rules, {len(refused)} refused")
    for one in pack.refused:
        print(f"! {one.path}: {one.reason}")


COMMAND = Rules()
