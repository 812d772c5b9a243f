"""`taishi scan-data`: what personal and sensitive data files carry; values are masked at once."""

import argparse
import sys
from pathlib import Path

from detections.personal.grade import GRADE_NAMES, TYPE_NAMES
from taishi.app.data_inspection import STAGE_NAMES, inspect
from taishi.app.data_paper import paper, workbook
from taishi.app.data_scan import DataScan, scan
from taishi.cli.outfile import replacing
from taishi.cli.output import Document, print_json, print_table, say
from taishi.cli.progress import progress
from taishi.core.clock import ZONE, SystemClock
from taishi.core.problems import Problem

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
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="write the inspection as .docx or .xlsx: systems, findings",
        )
        parser.add_argument("--unit", default="受检单位", metavar="NAME", help="whose systems these are")
        parser.add_argument("--stage", choices=[*STAGE_NAMES], help="where the data were met; else guessed")

    def run(self, args: argparse.Namespace) -> int:
        if args.out is not None and args.out.suffix.lower() not in (".docx", ".xlsx"):
            raise Problem(f"--out {args.out}: must end in .docx or .xlsx")
        with progress("searching") as told:
            result = scan(args.paths, told)
        if args.out is not None:
            _write(args, result)
        if args.json:
            print_json(document(result))
        else:
            _print(result)
        return 0


def _write(args: argparse.Namespace, result: DataScan) -> None:
    inspection = inspect(result, args.paths, args.stage)
    if args.out.suffix.lower() == ".xlsx":
        content = workbook(inspection)
    else:
        content = paper(inspection, args.unit, SystemClock().now().astimezone(ZONE).date())
    with replacing(args.out, "--out", args.paths) as new:
        new.write_bytes(content)
    say(f"{args.out}: {len(inspection.findings)} findings in {len(inspection.systems)} systems")


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
