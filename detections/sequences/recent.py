"""A table that forgets: groups least lately touched go first, so memory stays bounded. It can be saved."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from types import GenericAlias
from typing import Generic, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Batch, Event

K = TypeVar("K")
V = TypeVar("V")

#: Groups that one finding remembers. With ten lines of evidence a group takes 5 KB, and 2 KB when saved
#: (before compression): 20 MB a finding when all have. All tables full of such groups: some 480 MB.
MOST = 4_000
#: The same where most groups come to nothing.
MOST_OPEN = 10_000
#: The same where a group is a flag or a few numbers (0.3 to 2 KB).
MOST_THIN = 20_000


class Recent(Generic[K, V]):
    """Like a defaultdict with a limit. Reading a missing key makes it; the oldest makes room.

    `key` and `value` are types that msgspec can write and read; `value()` is an empty group. Groups should
    bound themselves: whatever lies in them is saved.
    """

    def __init__(self, key: type[K], value: type[V], most: int = MOST) -> None:
        self._make, self._most = value, most
        self._held: OrderedDict[K, V] = OrderedDict()
        self._layout = GenericAlias(list, (GenericAlias(tuple, (key, value)),))

    def __getitem__(self, key: K) -> V:
        value = self._held.get(key)
        if value is None:
            value = self[key] = self._make()
        else:
            self._held.move_to_end(key)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def get(self, key: K) -> V | None:
        """The group where there is one; asking does not touch it."""
        return self._held.get(key)

    def forget(self, key: K) -> None:
        """Takes a group out, where there is one."""
        self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)

    def items(self) -> Iterator[tuple[K, V]]:
        """Every group, the one touched least lately first."""
        yield from list(self._held.items())

    def saved(self) -> bytes:
        """Every group in that order."""
        return msgspec.msgpack.encode(list(self._held.items()))

    def restore(self, data: bytes) -> None:
        """Goes on from there. Raises ValueError where the bytes hold no groups of this kind."""
        try:
            held = msgspec.msgpack.decode(data, type=self._layout)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from None
        self._held = OrderedDict(held[-self._most :])


def rows_with(batch: Batch, column: str, piece: str = "") -> Batch:
    """The rows whose column has a value that contains `piece`: told without making events of the others."""
    values = batch.rows.column(column)
    mask = pc.fill_null(pc.match_substring(values, piece), False) if piece else pc.is_valid(values)
    return Batch(batch.kind, batch.rows.filter(pa.array(mask) if not isinstance(mask, pa.Array) else mask))


def narrow(batch: Batch, columns: Sequence[str]) -> Iterator[Event]:
    """Events with these columns alone: of millions of flows only a few are ever shown."""
    for row in batch.rows.select(list(columns)).to_pylist():
        yield Event(batch.kind, {name: value for name, value in row.items() if value is not None})
