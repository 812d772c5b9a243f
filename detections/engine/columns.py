"""Events as columns: those of the same shape together, each asked field once, each value decided once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple, cast

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from detections.engine.atoms import FieldAtoms, Numbered
from detections.engine.remembered import Remembered
from detections.engine.signatures import Signatures
from detections.engine.texts import BETWEEN, folded
from detections.engine.values import ABSENT
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json, Value
from taishi.core.table import Table
from taishi.kit.kept import Kept

#: One number an event: the sum of the keys of what holds in its fields.
Keys = NDArray[np.int64]
Values = Sequence[Value | Json]
#: Rough bytes of values whose atoms are remembered; beyond it all are forgotten.
_REMEMBERED = 48 << 20
#: What a remembered value costs beside its text.
_OVERHEAD = 140
_PLAIN = frozenset({str, int})


class Budget:
    """How much is remembered in all columns together."""

    def __init__(self, tables: Remembered, limit: int = _REMEMBERED) -> None:
        self._limit, self._used = limit, 0
        self._memos: list[dict[Value, int]] = []
        #: The same of values in tables.
        self.tables = tables

    def memo(self) -> dict[Value, int]:
        self._memos.append({})
        return self._memos[-1]

    def spend(self, values: Sequence[str | int]) -> None:
        self._used += _OVERHEAD * len(values) + sum(len(one) for one in values if type(one) is str)

    def settle(self) -> None:
        """Between batches: forgets everything where too much is remembered."""
        if self._used > self._limit:
            self._used = 0
            for memo in self._memos:
                memo.clear()


class Column:
    """One field that rules ask of, under the names it has in events."""

    def __init__(
        self,
        fields: tuple[str, ...],
        atoms: Sequence[Numbered],
        guards: Mapping[int, frozenset[int]],
        signatures: Signatures,
        budget: Budget,
        kept: Kept,
        late: bool = False,
    ) -> None:
        """`late`: asked only where a rule could still hit that needs it (see `late.py`)."""
        self.fields, self.atoms, self.late = fields, atoms, late
        self._asked, self._guards, self._kept = atoms, guards, kept
        self._signatures, self._budget = signatures, budget
        self._memo, self._number = budget.memo(), budget.tables.column()

    @cached_property
    def _atoms(self) -> FieldAtoms:
        return FieldAtoms(self._asked, self._kept, self._guards)

    @cached_property
    def absent(self) -> int:
        """The key of an event without the field."""
        return self._signatures.key(frozenset(n for n, atom in self._asked if atom.compare == "null"))

    @cached_property
    def _without(self) -> int:
        return self._signatures.key(self._atoms.decide(None))

    def keys_of(self, values: "Values | pa.Array") -> Keys:
        """What holds for each value, as keys."""
        return self._array_keys(values) if isinstance(values, pa.Array) else self.keys(values)

    def keys(self, values: Values) -> Keys:
        """What holds for each value, as keys."""
        if len(values) == 1:  # a group of one class has one value of what tells classes apart
            return np.array([self.key(values[0])])
        if _PLAIN.issuperset(map(type, values)):
            return self._plain_keys(values)  # type: ignore[arg-type]
        return np.fromiter(map(self.key, values), np.int64, len(values))

    def table_keys(self, table: Table, name: str) -> Keys:
        """What holds for each value of a table's field."""
        return self._budget.tables.keys(table, name, self._number, self._decided)

    def _decided(self, values: "Sequence[Json]") -> list[int]:
        return list(map(self._signatures.key, self._atoms.decide_all(values)))

    def _array_keys(self, array: pa.Array) -> Keys:
        """What holds for each value of an Arrow column."""
        if (
            pa.types.is_list(array.type)
            or pa.types.is_timestamp(array.type)
            or pa.types.is_boolean(array.type)
        ):
            return self.keys(present(array))
        encoded = array.dictionary_encode()
        keys = np.append(self.keys(encoded.dictionary.to_pylist()), self.absent)
        found: Keys = keys[encoded.indices.fill_null(len(keys) - 1).to_numpy()]
        return found

    def _plain_keys(self, values: Sequence[str | int]) -> Keys:
        memo = self._memo
        new = set(values).difference(memo)
        if new:
            found = list(new)
            memo.update(zip(found, self._decided(found), strict=True))
            self._budget.spend(found)
        return np.fromiter(map(memo.__getitem__, values), np.int64, len(values))

    def key(self, value: Value | Json) -> int:
        """The key of any value. True and 1.0 equal 1 for Python: only texts and integers are remembered."""
        if value is ABSENT:
            return self.absent
        if value is None:
            return self._without
        if type(value) is str or type(value) is int:
            known = self._memo.get(value)
            if known is not None:
                return known
        key = self._signatures.key(self._atoms.decide(value))
        if type(value) is str or type(value) is int:
            self._memo[value] = key
            self._budget.spend((value,))
        return key


def present(array: pa.Array) -> Values:
    """The values of an ECS column; one without a value is no field."""
    values = array.to_pylist()
    return [ABSENT if value is None else value for value in values] if array.null_count else values


class Encoded(NamedTuple):
    """Texts with zeros between them, as bytes; letters beyond ASCII without their case."""

    text: bytes
    is_ascii: bool


def encoded(values: Values) -> Encoded | None:
    """Many values as one text; None where one of them is no text."""
    try:
        joined = BETWEEN.join(cast("Sequence[str]", values))
    except TypeError:
        return None
    is_ascii = joined.isascii()
    return Encoded((joined if is_ascii else folded(joined)).encode("utf-8", "surrogatepass"), is_ascii)


@dataclass(frozen=True)
class Short:
    """Events that have no ECS columns yet, only own fields.

    `answered`: ECS columns that an own field stands for. `whole`: makes all columns of some events, by place.
    """

    kind: Kind
    answered: Mapping[str, str]
    whole: Callable[[Sequence[int]], Batch]


class Group:
    """Events of one shape: the same own fields in the same order. `rows` are these fields.

    `positions`: where the events stand in what was given to the engine; `places`: where in `behind`, which
    is their batch, or what can make one.
    """

    def __init__(
        self,
        positions: NDArray[np.int64],
        places: NDArray[np.int64],
        names: tuple[str, ...],
        rows: Sequence[Mapping[str, Json]],
        behind: Batch | Short,
    ) -> None:
        self.positions, self.names, self.size = positions, names, len(positions)
        self._places, self._rows, self._behind = places, rows, behind
        self._encoded: dict[int, Encoded | None] = {}

    @property
    def kind(self) -> Kind:
        return self._behind.kind

    @property
    def batch(self) -> Batch | None:
        """The batch that holds the ECS columns, None where there is none yet."""
        return self._behind if isinstance(self._behind, Batch) else None

    @property
    def answered(self) -> Mapping[str, str]:
        """ECS columns that an own field stands for."""
        return self._behind.answered if isinstance(self._behind, Short) else {}

    def part(self, which: Sequence[int]) -> "Group":
        """Some of these events."""
        rows = [self._rows[place] for place in which]
        return Group(self.positions[which], self._places[which], self.names, rows, self._behind)

    def with_columns(self) -> "Group":
        """The same events with all their ECS columns."""
        if isinstance(self._behind, Batch):
            return self
        batch = self._behind.whole(self._places.tolist())
        return Group(self.positions, np.arange(self.size), self.names, self.rows(), batch)

    def rows(self) -> Sequence[Mapping[str, Json]]:
        """The source's own fields of each event."""
        return self._rows

    @cached_property
    def columns(self) -> Sequence[Sequence[Json]]:
        """The source's own fields, one tuple a name."""
        return list(zip(*[row.values() for row in self._rows], strict=True)) if self.names else []

    def encoded(self, place: int) -> "Encoded | None":
        """The values of one of the source's own fields as they are searched; None where one is no text."""
        if place not in self._encoded:
            self._encoded[place] = encoded(self.columns[place])
        return self._encoded[place]

    def array(self, name: str) -> pa.Array:
        """One ECS column of these events."""
        assert self.batch is not None  # noqa: S101
        array = self.batch.rows.column(name)
        return array if self.size == len(array) else array.take(pa.array(self._places))

    @cached_property
    def events(self) -> list[Event]:
        assert self.batch is not None  # noqa: S101
        return chosen(self.batch, self._places)


def groups(
    rows: Sequence[dict[str, Json]],
    behind: Batch | Short,
    apart: Sequence[str] = (),
    places: NDArray[np.int64] | None = None,
) -> Iterator[Group]:
    """Events by shape. `rows`: the source's own fields of each; those that differ in `apart` stand apart.

    `places`: where they stand, None where one after the other.
    """
    for (names, _), found in _alike(rows, apart).items():
        positions = np.asarray(found) if places is None else places[found]
        yield Group(positions, positions, names, [rows[position] for position in found], behind)


def _alike(
    rows: Sequence[dict[str, Json]], apart: Sequence[str]
) -> dict[tuple[tuple[str, ...], Json], list[int]]:
    """Positions by shape, and by the fields that tell apart, unless those are missing or no single values."""
    of: dict[tuple[tuple[str, ...], Json], list[int]] = {}
    told: Iterable[Json] = map(itemgetter(*apart), rows) if apart else repeat(None, len(rows))
    try:
        for position, key in enumerate(zip(map(tuple, rows), told, strict=True)):
            places = of.get(key)
            if places is None:
                of[key] = [position]
            else:
                places.append(position)
    except (KeyError, TypeError):
        return _alike(rows, ())
    return of


def extras(batch: Batch) -> list[dict[str, Json]]:
    """The source's own fields of every event."""
    found = batch.rows.column("taishi.extra").to_pylist()
    return [orjson.loads(text) if text else {} for text in found]


def chosen(batch: Batch, positions: "NDArray[np.int64] | Sequence[int]") -> list[Event]:
    """These events in full."""
    return list(Batch(batch.kind, batch.rows.take(pa.array(positions, pa.int64()))).events())
