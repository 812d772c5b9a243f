"""`taishi notice evidence`: all that proves a letter, as one zip that is checked without this system."""

import argparse
from hashlib import sha256
from pathlib import Path

from taishi.app.evidence_file.making import make_evidence
from taishi.app.roles import SYSTEM
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.outfile import replacing
from taishi.cli.output import print_json


def evidence_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip", help="file to write")
    parser.add_argument("--as", dest="person", metavar="PERSON", help="who takes it (default: the system)")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
    answer_arguments(parser)


def run_evidence(args: argparse.Namespace) -> int:
    with desk(args) as found, replacing(args.out, "--out", [args.data]) as file:
        by = person_id(found, args.person) if args.person else SYSTEM
        body = make_evidence(found, args.id, by, args.why)
        file.write_bytes(body)
        seal = found.seal.fingerprint
    digest = sha256(body).hexdigest()
    if args.json:
        told = {"bytes": len(body), "sha256": digest, "certificate": seal}
        print_json({"letter": args.id, "file": str(args.out), **told})
    else:
        print(f"{args.out}: {len(body):,} bytes, SHA-256 {digest}\nsealed by SHA-256 {seal}")
    return 0
