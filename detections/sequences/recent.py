"""A table that forgets: the groups least lately touched go first, so memory stays bounded."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Batch, Event

K = TypeVar("K")
V = TypeVar("V")

#: Groups that one finding remembers; at about 1 KB each some 20 MB.
MOST = 20_000


class Recent(Generic[K, V]):
    """Like a defaultdict with a limit. Reading a missing key makes it; the oldest makes room."""

    def __init__(self, make: Callable[[], V], most: int = MOST) -> None:
        self._make, self._most = make, most
        self._held: OrderedDict[K, V] = OrderedDict()

    def __getitem__(self, key: K) -> V:
        value = self._held.get(key)
        if value is None:
            value = self._held[key] = self._make()
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        else:
            self._held.move_to_end(key)
        return value

    def get(self, key: K) -> V | None:
        return self._held.get(key)

    def __len__(self) -> int:
        return len(self._held)

    def items(self) -> Iterator[tuple[K, V]]:
        yield from list(self._held.items())


def rows_with(batch: Batch, column: str, piece: str = "") -> Batch:
    """The rows whose column has a value that contains `piece`: told without making events of the others."""
    values = batch.rows.column(column)
    mask = pc.fill_null(pc.match_substring(values, piece), False) if piece else pc.is_valid(values)
    return Batch(batch.kind, batch.rows.filter(pa.array(mask) if not isinstance(mask, pa.Array) else mask))


def narrow(batch: Batch, columns: Sequence[str]) -> Iterator[Event]:
    """Events with these columns alone: of millions of flows only a few are ever shown."""
    for row in batch.rows.select(list(columns)).to_pylist():
        yield Event(batch.kind, {name: value for name, value in row.items() if value is not None})
