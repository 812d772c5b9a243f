"""`taishi flows`: flow metering only."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from sensors.pcap import SENSOR
from sensors.pcap.meter import Metered, meter
from taishi.cli.outfile import replacing
from taishi.cli.output import print_json
from taishi.core import ecs
from taishi.core.event import Batch
from taishi.core.problems import Problem
from taishi.core.source import Source

Write = Callable[[Batch], int]


class Flows:
    name = "flows"
    help = "meter the flows of captures"
    example = "taishi flows week.pcap --out flows.parquet --json"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PCAP")
        parser.add_argument("--out", type=Path, metavar="FILE.parquet", help="one row a bidirectional flow")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        for path in args.paths:
            if not SENSOR.recognizes(Source.of(path)):
                raise Problem(f"{path}: is no capture; give pcap or pcapng files")
        damage = Counter[str]()
        metered = meter(args.paths, lambda *said: damage.update([said[1]]))
        with _writer(args.out, args.paths) as write:
            flows = sum(write(batch) for batch in metered.flows)
        if damage and not metered.packets:
            raise Problem(f"{args.paths[0]}: {next(iter(damage))}")
        _print(args, metered, flows, damage)
        return 0


@contextmanager
def _writer(path: Path | None, inputs: list[Path]) -> Iterator[Write]:
    if path is None:
        yield len
        return
    with (
        replacing(path, "--out", inputs) as new,
        pq.ParquetWriter(new, ecs.schema("flow"), compression="zstd") as writer,
    ):

        def write(batch: Batch) -> int:
            writer.write_batch(batch.rows)
            return len(batch)

        yield write


def _print(args: argparse.Namespace, metered: Metered, flows: int, damage: Counter[str]) -> None:
    figures = {
        "packets": metered.packets,
        "bytes": metered.bytes,
        "flows": flows,
        "undecodable": metered.undecodable,
        "seconds": round(metered.seconds, 3),
    }
    if args.json:
        print_json({**figures, "not_ip": metered.not_ip, "damage": dict(damage)})
        return
    print("  ".join(f"{name} {value}" for name, value in figures.items()))
    for reason, number in damage.items():
        print(f"! {reason} ({number})", file=sys.stderr)


COMMAND = Flows()
