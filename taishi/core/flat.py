"""The short way: records as flat mappings or tables, whole events only of those that are wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json
from taishi.core.table import Table


@dataclass(frozen=True, slots=True)
class Mark:
    """How an event is found again. `path`: the file it says that it stood in, None where it says none."""

    event_id: str
    record: int
    path: str | None


@dataclass(frozen=True, slots=True)
class FlatRecords:
    """Some records of one kind, in the order of their source; what is damaged is not among them.

    A record stands in one of the `tables` or is a mapping of its own, one of `loose`; either is exactly what
    the event's `taishi.extra` would hold. `batch`, `marks` and `events` read the raw records again, which are
    kept as long as this is: take what is wanted of one before asking for the next.
    """

    kind: Kind
    loose: Sequence[dict[str, Json]]
    #: Zero-based positions in the source, as `taishi.record`.
    records: Sequence[int]
    #: `@timestamp` of each: microseconds since 1970, UTC.
    times: NDArray[np.int64]
    #: Makes the whole events of the records at these positions, in that order.
    batch: Callable[[Sequence[int]], Batch]
    #: Says how they are found again: a good deal cheaper than the whole events.
    marks: Callable[[Sequence[int]], list[Mark]]
    tables: Sequence[Table] = ()
    #: At which positions the loose ones stand; None where all are.
    places: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.records)

    @property
    def loose_places(self) -> NDArray[np.int64]:
        """At which positions the loose ones stand."""
        return np.arange(len(self.loose)) if self.places is None else self.places

    def rows(self) -> list[dict[str, Json]]:
        """All of them as mappings."""
        found = dict(zip(self.loose_places.tolist(), self.loose, strict=True))
        for table in self.tables:
            found.update(zip(table.positions.tolist(), table.rows(), strict=True))
        return [found[place] for place in range(len(self))]

    def events(self, positions: Sequence[int]) -> list[Event]:
        """The events of the records at these positions, ids included, as `Sensor.read` gives them."""
        return list(self.batch(positions).events())
