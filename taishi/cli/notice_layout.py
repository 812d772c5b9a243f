"""`taishi notice check-layout`: a letter's PDF, measured on its drawn pages."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from notices.measured import Measure, measures
from taishi.cli.output import Document, print_json, print_table
from taishi.kit.pages import pages

_UNITS = {"mm": " mm", "pt": " pt", "count": ""}


def layout_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.pdf")
    parser.add_argument("--all", action="store_true", help="print every measure, not only those that fail")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run_layout(args: argparse.Namespace) -> int:
    """0 where every measure holds, 1 where one does not. Raises Problem for what is no PDF."""
    found = measures(pages(args.file))
    failed = [each for each in found if not each.ok]
    if args.json:
        print_json(
            {"file": str(args.file), "ok": not failed, "measures": [_document(each) for each in found]}
        )
    else:
        _print(found if args.all else failed)
        print(f"{args.file}: {len(found)} measures, {len(failed)} fail")
    return 1 if failed else 0


def _print(found: Sequence[Measure]) -> None:
    if found:
        rows = (_row(each) for each in found)
        print_table(("", "measure", "page", "wanted", "found", "GB/T 9704-2012"), rows)


def _row(each: Measure) -> tuple[str, ...]:
    told = "—" if each.found is None else f"{each.found:.2f}".rstrip("0").rstrip(".")
    wanted = f"{each.wanted:.2f}".rstrip("0").rstrip(".")
    unit = _UNITS[each.unit]
    remark = f" ({each.remark})" if each.remark else ""
    return (
        "ok" if each.ok else "fails",
        each.name,
        str(each.page or ""),
        f"{wanted}{unit}",
        f"{told}{unit}{remark}",
        each.clause,
    )


def _document(each: Measure) -> Document:
    return {
        "name": each.name,
        "clause": each.clause,
        "page": each.page,
        "unit": each.unit,
        "wanted": round(each.wanted, 3),
        "found": None if each.found is None else round(each.found, 3),
        "tolerance": each.tolerance,
        "ok": each.ok,
        "remark": each.remark,
    }
