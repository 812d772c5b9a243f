"""`taishi scan-data`: what personal and sensitive data files carry; values are masked at once."""

import argparse
import sys
from pathlib import Path

from detections.personal.grade import GRADE_NAMES, TYPE_NAMES
from taishi.app.data_scan import DataScan, scan
from taishi.cli.output import Document, print_json, print_table
from taishi.cli.progress import progress

#: Items that are printed for people; the papers and --json have all of them.
_SHOWN = 50


class ScanData:
    name = "scan-data"
    help = "search files for personal and sensitive data, and grade them"
    example = "taishi scan-data /srv/share export.csv --json"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH",
            help="text (UTF-8, GB18030, UTF-16), XLSX, DOCX, PDF, ZIP, PCAP, EVTX; or a folder of them",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def run(self, args: argparse.Namespace) -> int:
        with progress("searching") as told:
            result = scan(args.paths, told)
        if args.json:
            print_json(document(result))
        else:
            _print(result)
        return 0


def document(result: DataScan) -> Document:
    """What the contract names, and each file with what could not be read of it."""
    graded = result.graded()
    return {
        "items": [
            {
                "path": place.path,
                "line": item.line,
                "type": item.type,
                "value_masked": item.masked,
                "confidence": item.confidence,
            }
            for place in result.places
            for item in place.items
        ],
        "summary": result.summary,
        "grade": graded.grade,
        "why": graded.why.zh,
        "inputs": [
            *({"path": one.path, "kind": one.kind, "items": len(one.items)} for one in result.places),
            *({"path": one.path, "kind": None, "items": 0, "reason": one.why} for one in result.failed),
        ],
    }


def _print(result: DataScan) -> None:
    rows = [
        (
            f"{place.path}:{item.line}",
            TYPE_NAMES[item.type].zh,
            item.masked,
            f"{item.confidence:.2f}",
            "，".join(item.reasons),
        )
        for place in result.places
        for item in place.items
    ]
    if rows:
        print_table(("位置", "类型", "内容（已脱敏）", "把握", "依据"), rows[:_SHOWN])
    if len(rows) > _SHOWN:
        print(f"…… 另有 {len(rows) - _SHOWN} 项，见 --json / {len(rows) - _SHOWN} more with --json")
    graded = result.graded()
    print(f"{GRADE_NAMES[graded.grade].zh}：{graded.why.zh}")
    for one in result.failed:
        print(f"! {one.path}: {one.why}", file=sys.stderr)


COMMAND = ScanData()
