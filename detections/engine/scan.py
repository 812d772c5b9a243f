"""Text atoms of a class of events, found in all values of a batch at once by compiled code.

The compiled way and `FieldAtoms` say the same; which one is asked depends on what the values are.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detections.engine.patterns import ANYWHERE, LOOKED_FOR, WIDEST, Table
from taishi.core.table import Texts
from taishi.kit.kept import Kept
from taishi.kit.native import INTEGER, POINTER, Native, address, native

_LOW = bytes(range(128)).lower() + bytes(range(128, 256))
#: Bits for each entry: one lookup in so many goes in vain.
_SPARSE = 32
#: Values of which what was found is remembered, a power of two: two megabytes.
_RECENT = 1 << 17

_KERNEL = "detections.engine.kernel"
_MADE_OF = ("detections.engine.patterns",)
_SCAN = (
    *[POINTER] * 5,
    *[INTEGER] * 2,
    *[POINTER] * 3,
    INTEGER,
    *[POINTER] * 11,
    INTEGER,
    *[POINTER] * 3,
    INTEGER,
    POINTER,
)
_ADD_UP = (
    *_SCAN[:-3],
    *[INTEGER] * 2,
    POINTER,
    INTEGER,
)
_FILL = (POINTER, INTEGER, INTEGER, POINTER, POINTER)


class Scanned:
    """What holds in the events of a group."""

    def __init__(self, sums: NDArray[np.int64], found: NDArray[np.int32], heads: NDArray[np.int64]) -> None:
        self.sums, self._found, self._heads = sums, found, heads

    def held(self, place: int) -> list[int]:
        """The atoms that hold in one event."""
        found: list[int] = self._found[self._heads[place] : self._heads[place + 1]].tolist()
        return found


class Summed:
    """The same of a table: only sums, and the atoms of those events that were looked at."""

    def __init__(self, sums: NDArray[np.int64], look: "Callable[[NDArray[np.int64]], Scanned]") -> None:
        self.sums, self._look = sums, look
        self._at: dict[int, int] = {}

    def look_at(self, places: Sequence[int]) -> None:
        """These events are going to be asked for."""
        self._at = {place: at for at, place in enumerate(places)}
        self._seen = self._look(np.array(places, np.int64))

    def held(self, place: int) -> list[int]:
        """The atoms that hold in one of the events that were looked at."""
        return self._seen.held(self._at[place])


class Room:
    """Where a scan writes what it finds; all scanners of an engine share it, for they take turns.

    `recent`: values that came of late, by a hash that nobody can foresee, and their keys (`sums.py`).
    """

    def __init__(self) -> None:
        self.grow(1 << 15)
        self.seed, self._fields = secrets.randbits(63), 0
        self.recent = np.zeros((_RECENT, 2), np.int64)

    def first_of(self, count: int) -> int:
        """Numbers for a scanner's fields, the first of them."""
        self._fields += count
        return self._fields - count

    def grow(self, size: int) -> None:
        self.found = np.empty(2 * size, np.int32)
        self.address = address(self.found)


class Compiled:
    """The compiled functions, loaded when they are first asked for."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    @cached_property
    def scan(self) -> Native:
        return native(self._kept, _KERNEL, "scan", _SCAN, _MADE_OF)

    @cached_property
    def add_up(self) -> Native:
        made_of = (*_MADE_OF, _KERNEL, "detections.engine.recall", "detections.engine.remembered")
        return native(
            self._kept, "detections.engine.sums", "add_up", _ADD_UP, (*made_of, "taishi.kit.octets")
        )

    @cached_property
    def fill(self) -> Native:
        return native(self._kept, _KERNEL, "fill", _FILL, _MADE_OF)


class Scanner:
    """Patterns by field. `fields[n]`: the atoms of the field that is called n from here on."""

    def __init__(
        self,
        table: Table,
        fields: Sequence[Sequence[int]],
        guards: Mapping[int, frozenset[int]],
        compiled: Compiled,
        room: Room,
    ) -> None:
        #: By field whether some atom looks at the case, or at dashes.
        self.looks_close = [bool(np.any(table.flags[np.array(atoms, np.int64)])) for atoms in fields]
        self._compiled, self._room = compiled, room
        self._first = room.first_of(len(fields))
        self._arrays, self._order = _tables(table, fields, guards, compiled.fill)
        self._stamps = np.full(sum(map(len, fields)), -1, np.int64)
        self._fields: dict[tuple[int, ...], NDArray[np.int64]] = {}
        self._stamp, self._seen = 0, np.empty(len(self._stamps), np.int32)
        self._addresses = [address(one) for one in (*self._arrays, self._stamps, self._seen)]

    def scan(self, size: int, texts: Sequence[tuple[int, bytes]]) -> Scanned | None:
        """`texts`: number and encoded values of fields, all of `size` events. None where one holds a 0."""
        data = b"\0".join([*[text for _, text in texts], b""])
        ends = (np.frombuffer(data, np.uint8) == 0).nonzero()[0]
        if len(ends) != size * len(texts):
            return None
        spans = np.empty((len(ends), 2), np.int32)
        spans[:, 1] = ends
        spans[:1, 0], spans[1:, 0] = 0, ends[:-1] + 1
        fields = self._numbers(tuple([field for field, _ in texts]))
        return self._scanned(data, spans, np.arange(size), fields, np.arange(len(texts)) * size)

    def add_up(
        self,
        texts: Texts,
        begins: NDArray[np.int64],
        fields: NDArray[np.int64],
        places: NDArray[np.int64],
    ) -> Summed:
        """The same of values where they stand (`Table`). `fields`, `places`: number and place of each."""
        *tables, stamps, seen = self._addresses
        sums = np.zeros(len(begins), np.int64)
        self._stamp += self._compiled.add_up(
            address(texts.text), address(texts.spans), address(begins), address(fields), address(places),
            len(fields), len(begins), *tables[:3], self._order, *tables[3:], stamps, self._stamp, seen,
            address(sums), self._first, self._room.seed, address(self._room.recent), len(self._room.recent),
        )  # fmt: skip
        text, spans = address(texts.text), texts.spans
        return Summed(sums, lambda which: self._scanned(text, spans, begins[which], fields, places))

    def _scanned(
        self,
        data: bytes | int,
        spans: NDArray[np.int32],
        firsts: NDArray[np.int64],
        fields: NDArray[np.int64],
        places: NDArray[np.int64],
    ) -> Scanned:
        *tables, stamps, seen = self._addresses
        size = len(firsts)
        while True:
            told = np.zeros(2 * size + 1, np.int64)
            at = address(told)
            count = self._compiled.scan(
                data, address(spans), address(firsts), address(fields), address(places), len(fields), size,
                *tables[:3], self._order, *tables[3:], stamps, self._stamp, seen,
                at, self._room.address, len(self._room.found), at + size * told.itemsize,
            )  # fmt: skip
            self._stamp += 2 * size
            if count <= len(self._room.found):
                return Scanned(told[:size], self._room.found[:count].copy(), told[size:])
            self._room.grow(count)

    def _numbers(self, fields: tuple[int, ...]) -> NDArray[np.int64]:
        known = self._fields.get(fields)
        if known is None:
            known = self._fields[fields] = np.array(fields, np.int64)
        return known


def _tables(
    table: Table, fields: Sequence[Sequence[int]], guards: Mapping[int, frozenset[int]], fill: Native
) -> "tuple[tuple[NDArray[np.generic], ...], int]":
    """What `kernel.scan` is told of the patterns, in its order; and the order of their buckets."""
    atoms = np.array([number for numbers in fields for number in numbers], np.int64)
    field = np.repeat(np.arange(len(fields)), [len(numbers) for numbers in fields])
    width, where = table.width[atoms], table.where[atoms]
    empty, entry = np.flatnonzero(width == 0), np.flatnonzero(width > 0)
    tag = field[entry].astype(np.uint64) * np.uint64(64) + where[entry] * np.uint64(8) + width[entry]
    gram = table.gram[atoms[entry]] | tag << np.uint64(32)
    order = max(8, len(entry).bit_length())
    bits, bucket = np.zeros(_SPARSE << order >> 6, np.uint64), np.empty(len(entry), np.int64)
    fill(address(gram), len(gram), order, address(bits), address(bucket))
    by_bucket = np.argsort(bucket, kind="stable")
    by_field = np.zeros((len(fields), 4), np.int32)
    used = 8 * where[entry].astype(np.int32) + width[entry]
    np.bitwise_or.at(by_field[:, 0], field[entry], np.left_shift(1, used))
    by_field[:, 1], by_field[:, 2] = _runs(field[empty], len(fields))
    short = entry[(where[entry] == ANYWHERE) & (width[entry] < WIDEST)]
    by_field[:, 3], pairs = _pairs(field[short], width[short], table.gram[atoms[short]], len(fields))
    guarded, guarding = _guarding(atoms, guards)
    rows = np.zeros((len(atoms), 9), np.int32)
    for at, column in enumerate((table.kind, table.flags, table.at, table.length, table.end, table.anchor)):
        rows[:, at] = column[atoms]
    rows[:, 6], (rows[:, 7], rows[:, 8]) = atoms, _runs(guarded, len(atoms))
    arrays = (
        np.frombuffer(LOOKED_FOR, np.uint8),
        np.frombuffer(_LOW, np.uint8),
        bits,
        pairs,
        np.searchsorted(bucket[by_bucket], np.arange((1 << order) + 1)).astype(np.int32),
        gram[by_bucket],
        entry[by_bucket].astype(np.int32),
        by_field,
        empty.astype(np.int32),
        rows,
        table.text,
        guarding.astype(np.int32),
        table.keys[atoms],
    )
    return arrays, order


def _pairs(
    field: "NDArray[np.int64]", width: "NDArray[np.uint8]", gram: "NDArray[np.uint32]", count: int
) -> "tuple[NDArray[np.int32], NDArray[np.uint64]]":
    """Short patterns: which table each field has, and the tables: a bit for the two bytes that end one."""
    own, which = np.unique(field, return_inverse=True)
    tables = np.zeros((max(1, len(own)), 1 << 16), bool)
    for table, wide, found in zip(which.tolist(), width.tolist(), gram.tolist(), strict=True):
        tables[table, found & 0xFF if wide == 1 else found & 0xFFFF :: 256 if wide == 1 else 1 << 16] = True
    number = np.zeros(count, np.int32)
    number[own] = np.arange(len(own))
    return number, np.packbits(tables, axis=1, bitorder="little").view(np.uint64).reshape(-1)


def _runs(numbers: "NDArray[np.int64]", count: int) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Of sorted numbers where those that are n begin and where they end."""
    return np.searchsorted(numbers, np.arange(count)), np.searchsorted(numbers, np.arange(count), "right")


def _guarding(
    atoms: "NDArray[np.int64]", guards: Mapping[int, frozenset[int]]
) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Places of guarded patterns, sorted, and of a guard of each; only a guard that is scanned guards."""
    place = {number: at for at, number in enumerate(atoms.tolist())}
    pairs = [
        (place[number], place[guard])
        for number, found in guards.items()
        if number in place and found <= place.keys()
        for guard in found
    ]
    sorted_pairs = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    return sorted_pairs[:, 0], sorted_pairs[:, 1]
