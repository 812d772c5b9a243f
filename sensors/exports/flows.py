"""Only the flows of files that hold export datagrams or stored flow records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sensors import nfdump
from sensors.exports.sensor import ExportsSensor
from taishi.core.event import Batch
from taishi.core.source import Source

if TYPE_CHECKING:
    from taishi.core.ports import Sensor


@dataclass
class Exported:
    """What the records sum up to, filled while they are read: as sampled packets stand for."""

    packets: int = 0
    bytes: int = 0
    undecodable: int = 0


def holds_records(path: Path) -> bool:
    """Whether the content is export datagrams or flow records. Raises Problem where it cannot be read."""
    source = Source.of(path)
    return any(sensor.recognizes(source) > 0 for sensor in _sensors())


def exported(paths: Sequence[Path], into: Exported, damaged: Callable[[str], None]) -> Iterator[Batch]:
    """The flow events of the files in their order; templates of one serve the next."""

    def reject(_: int, reason: str, __: bytes) -> None:
        into.undecodable += 1
        damaged(reason)

    known = _sensors()
    for path in paths:
        source = Source.of(path)
        sensor = max(known, key=lambda one: one.recognizes(source))
        for batch in sensor.read(source, reject):
            if batch.kind == "flow":
                into.packets += _sum(batch, "network.packets")
                into.bytes += _sum(batch, "network.bytes")
                yield batch


def _sensors() -> "list[Sensor]":
    return [ExportsSensor(), nfdump.SENSOR]


def _sum(batch: Batch, column: str) -> int:
    return sum(int(value) for value in batch.column(column) if isinstance(value, int))
