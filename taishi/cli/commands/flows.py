"""`taishi flows`: flow metering only."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from sensors.exports.flows import Exported, exported, holds_records
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
    help = "meter the flows of captures; flow records of exporters as they stand"
    example = "taishi flows week.pcap --out flows.parquet --json"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PCAP")
        parser.add_argument("--out", type=Path, metavar="FILE.parquet", help="one row a bidirectional flow")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        records = [path for path in args.paths if holds_records(path)]
        captures = [path for path in args.paths if path not in records]
        for path in captures:
            if not SENSOR.recognizes(Source.of(path)):
                raise Problem(f"{path}: is no capture; give pcap or pcapng files, or flow records")
        damage, told = Counter[str](), Exported()
        metered = meter(captures, lambda *said: damage.update([said[1]]))
        lines = exported(records, told, lambda said: damage.update([said]))
        if args.out is None:
            flows = metered.counted() + sum(map(len, lines))
        else:
            with _writer(args.out, args.paths) as write:
                flows = sum(map(write, chain(metered.flows, lines)))
        if damage and not (metered.packets or flows):
            raise Problem(f"{args.paths[0]}: {next(iter(damage))}")
        _print(args, metered, told, flows, damage)
        return 0


@contextmanager
def _writer(path: Path, inputs: list[Path]) -> Iterator[Write]:
    import pyarrow.parquet as pq

    with (
        replacing(path, "--out", inputs) as new,
        pq.ParquetWriter(new, ecs.schema("flow"), compression="zstd") as writer,
    ):

        def write(batch: Batch) -> int:
            writer.write_batch(batch.rows)
            return len(batch)

        yield write


def _print(
    args: argparse.Namespace, metered: Metered, told: Exported, flows: int, damage: Counter[str]
) -> None:
    figures = {
        "packets": metered.packets + told.packets,
        "bytes": metered.bytes + told.bytes,
        "flows": flows,
        "undecodable": metered.undecodable + told.undecodable,
        "seconds": round(metered.seconds, 3),
    }
    if args.json:
        print_json({**figures, "not_ip": metered.not_ip, "damage": dict(damage)})
        return
    print("  ".join(f"{name} {value}" for name, value in figures.items()))
    for reason, number in damage.items():
        print(f"! {reason} ({number})", file=sys.stderr)


COMMAND = Flows()
