"""`taishi flows`: flow metering only."""

import argparse
from pathlib import Path

import pyarrow.parquet as pq

from sensors.pcap.meter import meter
from taishi.cli.output import print_json
from taishi.core import ecs
from taishi.core.problems import Problem


class Flows:
    name = "flows"
    help = "meter the flows of captures"
    example = "taishi flows week.pcap --out flows.parquet --json"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PCAP")
        parser.add_argument("--out", type=Path, metavar="FILE.parquet", help="one row a bidirectional flow")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        metered = meter(args.paths, lambda *_: None)
        flows = 0
        writer = _writer(args.out) if args.out else None
        try:
            for batch in metered.flows:
                flows += len(batch)
                if writer is not None:
                    writer.write_batch(batch.rows)
        finally:
            if writer is not None:
                writer.close()
        figures = {
            "packets": metered.packets,
            "bytes": metered.bytes,
            "flows": flows,
            "undecodable": metered.undecodable,
            "seconds": round(metered.seconds, 3),
        }
        if args.json:
            print_json(figures)
        else:
            print("  ".join(f"{name} {value}" for name, value in figures.items()))
        return 0


def _writer(path: Path) -> pq.ParquetWriter:
    try:
        return pq.ParquetWriter(path, ecs.schema("flow"), compression="zstd")
    except OSError as error:
        raise Problem(f"--out {path}: {error}; choose a file that can be written") from None


COMMAND = Flows()
