"""Lines of JSON become numbers of shapes and spans of values; what a shape is, as Python sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.json_columns.nodes import (
    AT,
    BEYOND,
    BYTES,
    CLOSE,
    HOW,
    LEAF,
    LENGTH,
    MOST_NAMES,
    MOST_NODES,
    NODES,
    OBJECT,
    PARENT,
    ROOT,
    ROW,
    SHAPES,
    TOLD,
)
from taishi.core.table import Texts
from taishi.kit.kept import Kept, default_folder
from taishi.kit.native import INTEGER, POINTER, Native, address, native

_PACKAGE = "sensors.json_columns"
_READ = (POINTER, *[INTEGER] * 2, *[POINTER] * 11, INTEGER)
#: A value with what stands around it has no fewer bytes: `"":1,`.
_SHORTEST = 5


class Field(NamedTuple):
    """A field of a shape that is no object: the names that lead to it, the sort of its value (`nodes.py`),
    and the value as it is written where it tells events apart.
    """

    path: tuple[str, ...]
    sort: int
    told: bytes | None


@dataclass(frozen=True)
class Lines:
    """What lines became. `starts`, `stops`: where each begins and ends in the source.

    `shapes`: its shape, below 0 where it has to be read another way; `begins`, `beyond`: as in `Table`.
    """

    texts: Texts
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    shapes: NDArray[np.int32]
    begins: NDArray[np.int64]
    beyond: NDArray[np.bool_]


class Reader:
    """Reads lines of one source after the other. `told`: names of fields that tell events apart."""

    def __init__(self, told: Sequence[str]) -> None:
        self._told = "".join(f'{name}"' for name in told).encode()
        self._nodes = np.zeros((MOST_NODES, ROW), np.int32)
        self._nodes[: ROOT + 1, LEAF] = -1
        self._names = np.zeros(MOST_NAMES + BEYOND, np.uint8)
        self._counts = np.zeros(4, np.int64)
        self._counts[NODES] = ROOT + 1
        self._tree = [address(one) for one in (self._nodes, self._names, self._counts)]

    @cached_property
    def _read(self) -> Native:
        made_of = tuple(f"{_PACKAGE}.{name}" for name in ("nodes", "texts", "tree"))
        return native(
            Kept(default_folder()), f"{_PACKAGE}.lines", "read", _READ, (*made_of, "taishi.kit.octets")
        )

    def read(self, source: bytearray, longest: int) -> Lines:
        """Whole lines, each with a line feed. Blank ones of more than `longest` bytes are lines too."""
        lines = source.count(b"\n")
        source += bytes(BEYOND)
        text = np.empty(len(source) + BEYOND, np.uint8)
        spans = np.empty((len(source) // _SHORTEST + 1, 2), np.int32)
        starts, stops, begins = np.empty((3, lines), np.int64)
        shapes, beyond = np.empty(lines, np.int32), np.empty(lines, bool)
        given = np.frombuffer(source, np.uint8)
        count = self._read(
            address(given), len(source) - BEYOND, longest, address(text), address(spans), address(starts),
            address(stops), address(begins), address(shapes), address(beyond),
            *self._tree, self._told + bytes(BEYOND), len(self._told),
        )  # fmt: skip
        texts = Texts(text[: self._counts[BYTES]], spans)
        return Lines(texts, starts[:count], stops[:count], shapes[:count], begins[:count], beyond[:count])

    @property
    def shapes(self) -> int:
        """How many shapes have been seen."""
        return int(self._counts[SHAPES])

    def fields(self, shape: int) -> list[Field] | None:
        """What lines of a shape hold, in their order; None where a name stands twice in one object."""
        nodes = self._nodes[: self._counts[NODES]]
        (state,) = np.flatnonzero(nodes[:, LEAF] == shape).tolist()
        steps: list[tuple[int, str, bytes | None]] = []
        while state != ROOT:
            row = nodes[state]
            if row[HOW] == CLOSE:
                steps.append((CLOSE, "", None))
                state = int(row[PARENT])
                continue
            field = nodes[row[PARENT]]
            told = self._bytes(row) if field[TOLD] and row[HOW] != OBJECT else None
            steps.append((int(row[HOW]), self._bytes(field)[:-1].decode(), told))
            state = int(field[PARENT])
        return _replayed(steps)

    def _bytes(self, row: NDArray[np.int32]) -> bytes:
        return self._names[row[AT] : row[AT] + row[LENGTH]].tobytes()


def _replayed(steps: list[tuple[int, str, bytes | None]]) -> list[Field] | None:
    """Steps from the last to the first, as fields."""
    found: list[Field] = []
    path: list[str] = []
    names: list[set[str]] = [set()]
    for sort, name, told in reversed(steps):
        if sort == CLOSE:
            path.pop()
            names.pop()
            continue
        if name in names[-1]:
            return None
        names[-1].add(name)
        if sort == OBJECT:
            path.append(name)
            names.append(set())
        else:
            found.append(Field((*path, name), sort, told))
    return found
