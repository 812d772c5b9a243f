"""`taishi assets`: the register of assets and whose they were when."""

import argparse
from datetime import datetime

from enrichment.addresses import NotAPlace, places
from enrichment.headings import Column
from taishi.app.desk import Desk
from taishi.app.register_check import Unregistered
from taishi.app.registry_advice import asset_document, written
from taishi.cli.data import answer_arguments, desk
from taishi.cli.moment import moment
from taishi.cli.output import Document, print_json, print_table
from taishi.cli.register_acts import (
    ASSET_OPTIONS,
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
from taishi.core.records import TIER_NAMES, Asset

_HEAD = ("unit", "value", "name", "tier", "grade", "from", "to")


class Assets:
    name = "assets"
    help = "list, add, change, transfer and end assets; import and export them"
    example = "taishi assets transfer 10.34.2.15 --to 县医保局 --at 2026-11-20 --why '机房移交' --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        listing = acts.add_parser("list", help="every asset, or those of one unit or tag")
        listing.add_argument("--unit", metavar="UNIT", help="only of this unit")
        listing.add_argument("--tag", metavar="TAG", help="only with this tag")
        listing.add_argument("--text", default="", metavar="TEXT", help="part of address, name or system")
        show = acts.add_parser("show", help="one asset and whose it was when")
        add = acts.add_parser("add", help="an address, CIDR, range, domain, URL or system of a unit")
        add.add_argument("--unit", required=True, metavar="UNIT")
        change = acts.add_parser("set", help="change what is known of an asset")
        transfer = acts.add_parser("transfer", help="to another unit at a moment; the history stays")
        transfer.add_argument("--to", dest="receiver", required=True, metavar="UNIT")
        remove = acts.add_parser("remove", help="ends it now, or with --mistake takes it out altogether")
        remove.add_argument("--mistake", action="store_true", help="it was never right: no history")
        for act in (transfer, remove):
            act.add_argument("--at", metavar="TIME", help="a date or RFC 3339 time (default: now)")
        for act in (show, add, change, transfer, remove):
            act.add_argument("asset", metavar="ASSET", help="its value, or its id where there are several")
        for act in (add, change):
            value_arguments(act, ASSET_OPTIONS)
        for act in (add, change, transfer, remove):
            act_arguments(act)
        found = acts.add_parser("discovered", help="addresses seen inside that are nobody's, with a guess")
        check = acts.add_parser("check", help="the register against what was seen: accuracy, silent, lacking")
        accept = acts.add_parser("accept", help="a discovered address becomes an asset of a unit")
        accept.add_argument("--unit", metavar="UNIT", help="which (default: the one that is guessed)")
        ignore = acts.add_parser("ignore", help="a discovered address is not asked about for a while")
        ignore.add_argument("--until", required=True, metavar="TIME", help="a year ahead at most")
        for act in (accept, ignore):
            act.add_argument("address", metavar="ADDRESS")
            act_arguments(act)
        for act in (listing, show, found, check):
            answer_arguments(act)
        sheet_acts(acts)

    def run(self, args: argparse.Namespace) -> int:
        acts = {
            "list": _list, "show": _show, "add": _add, "set": _set, "transfer": _transfer, "remove": _remove,
            "discovered": _discovered, "accept": _accept, "ignore": _ignore, "check": _check,
            "import": run_import, "export": run_export, "undo": run_undo,
        }  # fmt: skip
        return acts[args.act](args)


def _list(args: argparse.Namespace) -> int:
    with desk(args) as found:
        wanted = found.edits.unit(args.unit).id if args.unit else None
        names = {unit.id: unit.name for unit in found.register.units()}
        assets = [
            one
            for one in found.register.assets()
            if wanted in (None, one.unit)
            and (args.tag is None or args.tag in one.tags)
            and args.text in f"{one.value} {one.name} {one.system or ''}"
        ]
    if args.json:
        print_json({"assets": [asset_document(one, names) for one in assets]})
        return 0
    print_table(_HEAD, [_row(one, names) for one in assets])
    return 0


def _row(one: Asset, names: dict[str, str]) -> tuple[str, ...]:
    owner, tier = names.get(one.unit, one.unit), TIER_NAMES[one.tier].zh
    span = (written(one.valid_from), written(one.valid_to))
    return (owner, one.value, one.name, tier, str(one.grade or "—"), *span)


def _show(args: argparse.Namespace) -> int:
    with desk(args) as found:
        _print(args, found, found.edits.asset(args.asset))
    return 0


def _add(args: argparse.Namespace) -> int:
    with desk(args, may_create=True) as found:
        values: dict[Column, str] = {"unit": args.unit, _column(args.asset): args.asset}
        done = found.edits.add(values | values_of(args), actor(found, args), args.why)
        names = {unit.id: unit.name for unit in found.register.units()}
    added = [one for one in done.change.assets_after.values() if one is not None]
    if args.json:
        print_json(
            {"assets": [asset_document(one, names) for one in added], "restamped": done.restamped.alerts}
        )
        return 0
    print_table(_HEAD, [_row(one, names) for one in added])
    print_followed(done.restamped)
    return 0


def _set(args: argparse.Namespace) -> int:
    with desk(args) as found:
        asset, followed = found.edits.set_asset(
            found.edits.asset(args.asset), values_of(args), actor(found, args), args.why
        )
        _print(args, found, asset)
        if not args.json:
            print_followed(followed)
    return 0


def _transfer(args: argparse.Namespace) -> int:
    with desk(args) as found:
        at = _at(args, found)
        asset, followed = found.edits.transfer(
            found.edits.asset(args.asset), found.edits.unit(args.receiver), at, actor(found, args), args.why
        )
        _print(args, found, asset)
        if not args.json:
            print_followed(followed)
    return 0


def _remove(args: argparse.Namespace) -> int:
    with desk(args) as found:
        asset, who = found.edits.asset(args.asset), actor(found, args)
        if args.mistake:
            followed = found.edits.forget(asset, who, args.why)
        else:
            followed = found.edits.end(asset, _at(args, found), who, args.why)
    if args.json:
        print_json({"removed": asset.value, "restamped": followed.alerts})
    else:
        print(f"{asset.value}: {'removed' if args.mistake else 'ended'}")
        print_followed(followed)
    return 0


def _discovered(args: argparse.Namespace) -> int:
    with desk(args) as found:
        listed = found.check.unregistered()
    if args.json:
        print_json({"unregistered": [_told(one) for one in listed]})
        return 0
    rows = [
        (
            one.sighting.id,
            f"{one.guess.unit} {one.guess.confidence:.0%}" if one.guess else "—",
            "; ".join(why.zh for why in one.guess.reasons) if one.guess else "—",
            "、".join(one.sighting.services) or "—",
            one.device.zh if one.device else "—",
            written(one.sighting.first_seen),
            written(one.sighting.last_seen),
        )
        for one in listed
    ]
    print_table(("address", "guess", "because", "services", "device", "first seen", "last seen"), rows)
    return 0


def _told(one: Unregistered) -> Document:
    seen = one.sighting
    return {
        "address": seen.id,
        "first_seen": seen.first_seen,
        "last_seen": seen.last_seen,
        "services": list(seen.services),
        "names": list(seen.names),
        "banners": list(seen.banners),
        "device": one.device.zh if one.device else None,
        "exposed": [one.service for one in seen.exposures],
        "guess": {
            "unit": one.guess.unit,
            "confidence": one.guess.confidence,
            "reasons": [why.zh for why in one.guess.reasons],
        }
        if one.guess
        else None,
    }


def _accept(args: argparse.Namespace) -> int:
    with desk(args) as found:
        done = found.edits.accept(args.address, args.unit, actor(found, args), args.why)
    [asset] = [one for one in done.change.assets_after.values() if one is not None]
    if args.json:
        print_json({"asset": asset.value, "id": asset.id, "restamped": done.restamped.alerts})
    else:
        print(f"{asset.value}: {done.change.what}")
        print_followed(done.restamped)
    return 0


def _ignore(args: argparse.Namespace) -> int:
    with desk(args) as found:
        until = moment(args.until, "--until", end=True) or found.clock.now()
        ignored = found.check.ignore(args.address, until, actor(found, args), args.why)
    if args.json:
        print_json({"ignored": ignored.id, "until": ignored.until})
    else:
        print(f"{ignored.id}: ignored until {written(ignored.until)}")
    return 0


def _check(args: argparse.Namespace) -> int:
    with desk(args) as found:
        accuracy, silent = found.check.accuracy(), found.check.silent()
        names = {unit.id: unit.name for unit in found.register.units()}
        lacks = found.check.gaps()
    share = accuracy.share
    if args.json:
        print_json(
            {
                "accuracy": {"seen": accuracy.seen, "registered": accuracy.registered, "share": share},
                "silent": [
                    {"value": one.asset.value, "unit": names.get(one.asset.unit), "state": one.state,
                     "last_seen": one.last_seen}
                    for one in silent
                ],
                "risks": [
                    {"rule": one.rule, "subject": one.subject, "unit": one.unit, "what": one.summary.zh}
                    for one in lacks
                ],
            }
        )  # fmt: skip
        return 0
    shown = "—" if share is None else f"{share:.1%}"
    print(f"台账准确率 {shown} ({accuracy.registered} of {accuracy.seen} addresses seen have an owner)")
    rows = [
        (
            one.asset.value,
            names.get(one.asset.unit, one.asset.unit),
            _SILENCE[one.state],
            written(one.last_seen),
        )
        for one in silent
    ]
    print_table(("asset", "unit", "state", "last seen"), rows)
    for one in lacks:
        print(f"! {one.summary.zh} / {one.summary.en}")
    return 0


_SILENCE = {"silent": "静默 silent", "unwatched": "没有传感器看到 no sensor sees it"}


def _at(args: argparse.Namespace, found: Desk) -> datetime:
    return moment(args.at, "--at") or found.clock.now()


def _column(text: str) -> Column:
    """Whether an asset's value is an address, a web address, a domain or the name of a host or system."""
    if "://" in text:
        return "url"
    first = next(iter(places(text)), None)
    if first is None or isinstance(first, NotAPlace):
        looks_numeric = text[:1].isdigit() and any(sign in text for sign in "./:")
        return "address" if looks_numeric else "host"
    return "address"


def _print(args: argparse.Namespace, found: Desk, asset: Asset) -> None:
    names = {unit.id: unit.name for unit in found.register.units()}
    history = found.edits.history(asset)
    if args.json:
        print_json(
            asset_document(asset, names) | {"history": [asset_document(one, names) for one in history]}
        )
        return
    for key, value in asset_document(asset, names).items():
        print(f"{key}: {written(tuple(value) if isinstance(value, list) else value)}")
    print_table(
        ("unit", "value", "name", "tier", "grade", "from", "to"), [_row(one, names) for one in history]
    )


COMMAND = Assets()
