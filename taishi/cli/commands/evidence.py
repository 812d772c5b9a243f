"""`taishi evidence`: the packets behind an alert."""

import argparse
from pathlib import Path

from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.outfile import replacing
from taishi.cli.output import print_json


class EvidenceOut:
    name = "evidence"
    help = "the packets behind an alert, as a pcap file; every use stands in the audit"
    example = "taishi evidence A-2026-0001 --out evidence.pcap --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("alert", metavar="ALERT", help="the alert's id")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="pcap file to write")
        parser.add_argument(
            "--as", dest="person", metavar="PERSON", help="who takes it (default: the system)"
        )
        parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        with desk(args) as found, replacing(args.out, "--out", [args.data]) as file:
            by = person_id(found, args.person) if args.person else SYSTEM
            body, kept = found.packets.take_out(args.alert, by, args.why)
            file.write_bytes(body)
        cut = "; cut at the size limit" if kept.cut else ""
        if args.json:
            told = {"packets": kept.packets, "bytes": len(body), "cut": kept.cut, "sha256": kept.sha256}
            print_json({"alert": args.alert, "file": str(args.out), **told})
        else:
            print(f"{args.out}: {kept.packets:,} packets, {len(body):,} bytes{cut}")
        return 0


COMMAND = EvidenceOut()
