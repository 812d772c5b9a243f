"""Which units stood in what a sensor brought: it saw them."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping

from taishi.core.event import Batch

_SIDES = ("taishi.source.unit", "taishi.destination.unit", "taishi.host.unit")


def units_in(batch: Batch) -> Iterator[str]:
    """The units that own an address or host of the stamped events; one may come more than once."""
    names = batch.rows.schema.names
    for side in _SIDES:
        if side in names:
            yield from (unit for unit in batch.rows.column(side).unique().to_pylist() if unit)


class UnitSights:
    """Adds up, for each sensor by its id, the units and the kinds of their events until asked. Safe for
    threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, dict[str, set[str]]] = defaultdict(dict)

    def add(self, sensor: str, batch: Batch) -> None:
        units = set(units_in(batch))
        with self._lock:
            for unit in units:
                self._seen[sensor].setdefault(unit, set()).add(batch.kind)

    def take(self, sensor: str) -> Mapping[str, set[str]]:
        """What was added up; it begins anew."""
        with self._lock:
            return self._seen.pop(sensor, {})
