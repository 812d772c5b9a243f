"""The short way: records as flat mappings, and whole events only of those that somebody wants to see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json


@dataclass(frozen=True, slots=True)
class Mark:
    """How an event is found again. `path`: the file it says that it stood in, None where it says none."""

    event_id: str
    record: int
    path: str | None


@dataclass(frozen=True, slots=True)
class FlatRecords:
    """Some records of one kind, in the order of their source; what is damaged is not among them.

    A row is exactly what the event's `taishi.extra` would hold; `batch`, `marks` and `events` read the raw
    records again, which are kept as long as this is: take what is wanted of one before asking for the next.
    """

    kind: Kind
    rows: list[dict[str, Json]]
    #: Zero-based positions in the source, as `taishi.record`.
    records: Sequence[int]
    #: `@timestamp` of each: microseconds since 1970, UTC.
    times: NDArray[np.int64]
    #: Makes the whole events of the rows at these positions, in that order.
    batch: Callable[[Sequence[int]], Batch]
    #: Says how they are found again: a good deal cheaper than the whole events.
    marks: Callable[[Sequence[int]], list[Mark]]

    def __len__(self) -> int:
        return len(self.rows)

    def events(self, positions: Sequence[int]) -> list[Event]:
        """The events of the rows at these positions, ids included, as `Sensor.read` gives them."""
        return list(self.batch(positions).events())
