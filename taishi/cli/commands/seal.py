"""`taishi seal`: the certificate of the system's seal, for whoever checks what it sealed."""

import argparse
from pathlib import Path

from taishi.cli.data import answer_arguments, desk
from taishi.cli.outfile import replacing
from taishi.cli.output import print_json
from taishi.core.clock import rfc3339


class SealOut:
    name = "seal"
    help = "the fingerprint and certificate of the system's seal; its key is made where there is none yet"
    example = "taishi seal --out bureau.pem --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, metavar="FILE.pem", help="where to write the certificate")
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        with desk(args) as found:
            seal = found.seal
        if args.out is not None:
            with replacing(args.out, "--out", [args.data]) as file:
                file.write_bytes(seal.certificate_pem)
        until = rfc3339(seal.valid_until)
        if args.json:
            print_json({"subject": seal.subject, "sha256": seal.fingerprint, "valid_until": until})
        else:
            print(f"{seal.subject}\nSHA-256 {seal.fingerprint}\nuntil {until}")
        return 0


COMMAND = SealOut()
