"""Records as columns of bytes: what a compiled reader found, without a Python object for each value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taishi.core.event import Json


@dataclass(frozen=True, eq=False)
class Shape:
    """What the records of a table have in common; one object as long as a source gives such records.

    `names`: the fields, in their order. `told`: those that have one value in all. `places`: which of a
    record's values each of the others is; `whole`: which of these are whole numbers; the rest are texts.
    `values`: how many each record has, at least one.
    """

    names: tuple[str, ...]
    told: Mapping[str, Json]
    places: Mapping[str, int]
    whole: frozenset[str]
    values: int


@dataclass(frozen=True, eq=False, slots=True)
class Texts:
    """The values of many records one after the other, in UTF-8, a zero byte after each (and none in them).

    `text` (bytes) may be read beyond its last value; `spans` (n × 2): where each value begins and ends.
    """

    text: NDArray[np.uint8]
    spans: NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Some records of one shape. `positions`: which of the records at hand they are, ascending.

    `begins`: which of `texts.spans` is the first of each record; `beyond`: whether it has more than ASCII.
    """

    shape: Shape
    texts: Texts
    positions: NDArray[np.int64]
    begins: NDArray[np.int64]
    beyond: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.positions)

    def part(self, which: "NDArray[np.bool_] | NDArray[np.int64] | Sequence[int]") -> "Table":
        """Some of these records, in their order."""
        return Table(self.shape, self.texts, self.positions[which], self.begins[which], self.beyond[which])

    def moved(self, positions: NDArray[np.int64]) -> "Table":
        """The same at other positions."""
        return Table(self.shape, self.texts, positions, self.begins, self.beyond)

    def lengths(self, name: str) -> NDArray[np.int32]:
        """How many bytes the values of a field have that is none of those told for all."""
        spans = self.texts.spans[self.begins + self.shape.places[name]]
        return spans[:, 1] - spans[:, 0]

    def column(self, name: str) -> list[Json]:
        """The values of a field."""
        if name in self.shape.told:
            return [self.shape.told[name]] * len(self)
        text = self.texts.text.data
        spans = self.texts.spans[self.begins + self.shape.places[name]].tolist()
        found = [str(text[begin:end], "utf-8") for begin, end in spans]
        return list(map(int, found)) if name in self.shape.whole else list[Json](found)

    def rows(self) -> list[dict[str, Json]]:
        """The records as mappings."""
        names = self.shape.names
        columns = [self.column(name) for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
