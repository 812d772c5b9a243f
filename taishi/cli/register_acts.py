"""What `taishi units` and `taishi assets` have in common: particulars as options, sheets in and out, undo."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from enrichment.difference import Change, Difference
from enrichment.headings import Column
from taishi.app.desk import Desk
from taishi.app.registry import Imported
from taishi.app.registry_advice import written
from taishi.app.restamping import Restamped
from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.output import Document, print_json
from taishi.core.records import Unit

#: Options that say something of a unit or an asset, by the column they stand for.
UNIT_OPTIONS: Mapping[str, tuple[Column, str]] = {
    "--parent": ("parent", "the unit above"),
    "--district": ("district", "区域"),
    "--head": ("head", "单位负责人, the first responsible person"),
    "--head-phone": ("head_phone", "telephone of the head"),
    "--contact": ("contact", "first contact"),
    "--phone": ("phone", "telephone of the first contact"),
    "--email": ("email", "e-mail of the first contact"),
    "--contact2": ("contact2", "second contact"),
    "--phone2": ("phone2", "telephone of the second contact"),
    "--email2": ("email2", "e-mail of the second contact"),
    "--contact3": ("contact3", "third contact"),
    "--phone3": ("phone3", "telephone of the third contact"),
    "--email3": ("email3", "e-mail of the third contact"),
    "--tier": ("tier", "线路接入, 云平台 or 业务系统"),
    "--weight": ("weight", "how much it counts in scores (1)"),
}
ASSET_OPTIONS: Mapping[str, tuple[Column, str]] = {
    "--name": ("name", "what it is called"),
    "--system": ("system", "the system it belongs to"),
    "--tier": ("tier", "线路接入, 云平台 or 业务系统"),
    "--grade": ("grade", "等保级别, 1 to 5"),
    "--filing": ("filing", "备案号"),
    "--assessed": ("assessed", "day of the last assessment"),
    "--tags": ("tags", "标签, parted by 、"),
    "--vendor": ("vendor", "运维厂商"),
    "--addressing": ("addressing", "固定, DHCP or NAT"),
    "--note": ("note", "备注, e.g. the range a DHCP server gives out"),
    "--user": ("user", "who works at this terminal"),
    "--user-phone": ("user_phone", "telephone of who works there"),
    "--from": ("valid_from", "first day"),
    "--to": ("valid_to", "last day"),
}


def value_arguments(parser: argparse.ArgumentParser, options: Mapping[str, tuple[Column, str]]) -> None:
    for option, (column, words) in options.items():
        parser.add_argument(option, dest=f"value_{column}", metavar="TEXT", help=f"{words}; 无: none")


def values_of(args: argparse.Namespace) -> dict[Column, str]:
    """What the options say, by column."""
    given = {column for column, _ in (*UNIT_OPTIONS.values(), *ASSET_OPTIONS.values())}
    said = {column: getattr(args, f"value_{column}", None) for column in sorted(given)}
    return {column: text for column, text in said.items() if text is not None}


def act_arguments(parser: argparse.ArgumentParser) -> None:
    """Who does it (the system where nobody is named) and why."""
    parser.add_argument("--as", dest="person", metavar="PERSON", help="who does it (default: the system)")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
    answer_arguments(parser)


def actor(found: Desk, args: argparse.Namespace) -> str:
    return person_id(found, args.person) if args.person else SYSTEM


def sheet_acts(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    take = acts.add_parser("import", help="what an XLSX or CSV sheet would change; with --yes, changes it")
    take.add_argument("path", type=Path, metavar="FILE")
    take.add_argument("--unit", metavar="UNIT", help="the unit of rows that name none, e.g. of terminals")
    take.add_argument("--yes", action="store_true", help="take over what the preview shows")
    give = acts.add_parser("export", help="write the register as XLSX, or CSV where FILE ends so")
    give.add_argument("path", type=Path, metavar="FILE")
    undo = acts.add_parser("undo", help="take back the last import")
    for act in (take, give, undo):
        act_arguments(act)


def run_import(args: argparse.Namespace) -> int:
    args.data.mkdir(parents=True, exist_ok=True)
    with desk(args, may_create=True) as found:
        preview = found.register.preview(args.path, args.unit)
        if not args.yes:
            _show(args, preview)
            return 0
        done = found.register.take(preview, actor(found, args), args.path.name, args.why)
    if args.json:
        print_json(_document(preview) | {"taken": True, **_counts(done)})
    else:
        _print_refused(preview)
        print(f"{done.added} new, {done.changed} changed, {done.unchanged} unchanged, {done.refused} refused")
        print_followed(done.restamped)
    return 0


def run_export(args: argparse.Namespace) -> int:
    with desk(args) as found:
        sheet = found.register.export(args.path, actor(found, args), args.why)
    print(f"{args.path}: {len(sheet.units)} units, {len(sheet.assets)} assets")
    return 0


def run_undo(args: argparse.Namespace) -> int:
    with desk(args) as found:
        change, followed = found.register.undo(actor(found, args), args.why)
    records = len(change.units_after) + len(change.assets_after)
    if args.json:
        print_json({"undone": change.what, "records": records})
    else:
        print(f"{change.what}: {records} records are as they were before")
        print_followed(followed)
    return 0


def print_followed(restamped: Restamped) -> None:
    if restamped.alerts or restamped.held or restamped.letters:
        print(
            f"open matters: {restamped.alerts} alerts have another owner, {restamped.letters} drafts follow, "
            f"{restamped.held} stay (a letter is approved or out)"
        )


def _show(args: argparse.Namespace, preview: Difference) -> None:
    if args.json:
        print_json(_document(preview) | {"taken": False})
        return
    for remark in preview.remarks:
        print(f"· {remark.zh} / {remark.en}")
    for change in preview.added:
        print(f"+ {_named(change, preview)}")
    for change in preview.changed:
        fields = "; ".join(
            f"{field}: {written(getattr(change.before, field))} → {written(getattr(change.after, field))}"
            for field in change.fields
        )
        print(f"~ {_named(change, preview)}  {fields}")
    _print_refused(preview)
    print(
        f"{len(preview.added)} new, {len(preview.changed)} changed, {preview.unchanged} unchanged, "
        f"{len(preview.refused)} refused; nothing is written yet: run it again with --yes"
    )


def _print_refused(preview: Difference) -> None:
    for refused in preview.refused:
        print(f"! {refused.zh} / {refused.en}")


def _named(change: Change, preview: Difference) -> str:
    record = change.after
    if isinstance(record, Unit):
        return record.name
    return f"{record.value} {record.name} ({preview.names.get(record.unit, record.unit)})"


def _document(preview: Difference) -> dict[str, object]:
    return {
        "added": [_told(change, preview) for change in preview.added],
        "changed": [
            _told(change, preview)
            | {
                "fields": {
                    field: {
                        "before": written(getattr(change.before, field)),
                        "after": written(getattr(change.after, field)),
                    }
                    for field in change.fields
                }
            }
            for change in preview.changed
        ],
        "unchanged": preview.unchanged,
        "refused": [{"zh": one.zh, "en": one.en} for one in preview.refused],
        "remarks": [{"zh": one.zh, "en": one.en} for one in preview.remarks],
    }


def _told(change: Change, preview: Difference) -> dict[str, object]:
    record = change.after
    if isinstance(record, Unit):
        return {"unit": record.name}
    return {"asset": record.value, "name": record.name, "unit": preview.names.get(record.unit, record.unit)}


def _counts(done: Imported) -> Document:
    return {
        "counts": {
            "added": done.added,
            "changed": done.changed,
            "unchanged": done.unchanged,
            "refused": done.refused,
        },
        "restamped": done.restamped.alerts,
        "letters": done.restamped.letters,
        "held": done.restamped.held,
    }
