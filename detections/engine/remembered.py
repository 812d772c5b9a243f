"""Values of tables that were seen before, and the keys of what holds for them; within a budget of bytes."""

import secrets
from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detections.engine.texts import DASHES, folded
from taishi.core.event import Json
from taishi.core.table import Table
from taishi.kit.kept import Kept
from taishi.kit.native import INTEGER, POINTER, Native, address, native

#: A remembered value's row: its hash, its column, where its bytes begin, and how many they are.
HASH, COLUMN, AT, LENGTH, ROW = range(5)
#: What `used` holds: rows (the first is none), and bytes.
ROWS, BYTES = range(2)

#: Values that are remembered, slots for them (a power of two), bytes of theirs; beyond it all are forgotten.
_ROWS, _ORDER, _BYTES = 1 << 18, 19, 24 << 20
#: Bytes after a text in which compiled code may look.
_BEYOND = 64
_RECALL = (*[POINTER] * 3, *[INTEGER] * 4, POINTER, INTEGER, *[POINTER] * 5)
_ODDITIES = (*[POINTER] * 3, *[INTEGER] * 2, *[POINTER] * 2)
_COMPILED = "detections.engine.recall"
_MADE_OF = ("detections.engine.remembered", "taishi.kit.octets")

#: Decides values: a key of what holds for each.
Decide = Callable[[list[Json]], list[int]]


class Remembered:
    """What an engine's columns have decided of values in tables. A column is told by a number of its own."""

    def __init__(self, kept: Kept) -> None:
        self._kept, self._columns, self._seed = kept, 0, secrets.randbits(63)
        self._slots = np.zeros(1 << _ORDER, np.int32)
        self._rows = np.zeros((_ROWS, ROW), np.int64)
        self._keys = np.zeros(_ROWS, np.int64)
        self._bytes = np.zeros(_BYTES + _BEYOND, np.uint8)
        self._used = np.array([1, 0], np.int64)
        tables = (self._slots, self._rows, self._bytes, self._used)
        self._addresses = [address(one) for one in tables]

    def column(self) -> int:
        """A number for a column."""
        self._columns += 1
        return self._columns

    def keys(self, table: Table, name: str, column: int, decide: Decide) -> NDArray[np.int64]:
        """The keys of a field's values; `decide` is asked for those that were never seen."""
        place, size = table.shape.places[name], len(table)
        spans = table.texts.spans[table.begins + place]
        if not self._make_room(size, int((spans[:, 1] - spans[:, 0]).sum())):
            return np.array(decide(table.column(name)), np.int64)
        found, new = np.empty(size, np.int32), np.empty(size, np.int64)
        count = self._recall(
            address(table.texts.text), address(table.texts.spans), address(table.begins), size, place,
            2 * column + (name in table.shape.whole), self._seed, self._addresses[0],
            _ORDER, *self._addresses[1:], address(found), address(new),
        )  # fmt: skip
        if count:
            new = new[:count]
            try:
                self._keys[found[new]] = decide(table.part(new).column(name))
            except BaseException:
                self._forget()
                raise
        keys: NDArray[np.int64] = self._keys[found]
        return keys

    def _make_room(self, values: int, length: int) -> bool:
        """Whether so many further values may be remembered, by now."""
        if values >= _ROWS or length >= _BYTES:
            return False
        if self._used[ROWS] + values > _ROWS or self._used[BYTES] + length > _BYTES:
            self._forget()
        return True

    def _forget(self) -> None:
        self._slots[:] = 0
        self._used[:] = 1, 0

    @cached_property
    def _recall(self) -> Native:
        return native(self._kept, _COMPILED, "recall", _RECALL, _MADE_OF)


class Oddities:
    """Which events of tables have letters that are not compared as they stand: odd capitals and dashes."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def of(self, table: Table) -> NDArray[np.bool_]:
        """Whether each event has some."""
        if not table.beyond.any():
            return np.zeros(len(table), bool)
        found = np.zeros(len(table), bool)
        beyond = np.flatnonzero(table.beyond)
        part, odd = table.begins[beyond], np.zeros(len(beyond), bool)
        self._oddities(
            address(table.texts.text), address(table.texts.spans), address(part), len(part),
            table.shape.values, address(self._odd), address(odd),
        )  # fmt: skip
        found[beyond] = odd
        return found

    @cached_property
    def _odd(self) -> NDArray[np.bool_]:
        """By character up to U+FFFF."""
        codes = np.arange(0x10000, dtype="<u4")
        every = codes.tobytes().decode("utf-32-le", "surrogatepass")
        other: NDArray[np.bool_] = (
            np.frombuffer(folded(every).encode("utf-32-le", "surrogatepass"), "<u4") != codes
        )
        other[[ord(dash) for dash in DASHES]] = True
        return other

    @cached_property
    def _oddities(self) -> Native:
        return native(self._kept, _COMPILED, "oddities", _ODDITIES, _MADE_OF)
