"""ECS documents of one layout become columns all at once; what is not as most are is left to `ecs_rows`."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sensors.alike_columns import Unsure, Values, beyond, read_column, which_read
from sensors.ecs_rows import ADDRESSED, DEPTH, ELSEWHERE, EXTRA, READERS, SHOWING, TELLING, kind_of
from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Json

#: Fewer are read one by one.
_WORTH = 16
#: Events and bytes of raw documents in a batch.
_ROWS, _BYTES = 4096, 8 << 20
_TIME, _RAW = "@timestamp", "event.original"
_NOTHING: tuple[Json, ...] = (None, "", [])
_encode = msgspec.json.Encoder().encode

#: The names of an object, sorted, each with the layout of the object that it holds, if it holds one.
Layout = tuple[tuple[str, "Layout | None"], ...]
Record = Mapping[str, Json]
Places = NDArray[np.int64]


class Unlike(ValueError):
    """These are not of one layout, or a name stands twice in it."""


class Documents(NamedTuple):
    """Parsed records, their raw texts, and the ids of their events."""

    records: Sequence[Record]
    originals: Sequence[str]
    ids: Sequence[str]


class Table(NamedTuple):
    """The places of documents of one layout, and the values of each dotted name."""

    places: Places
    columns: dict[str, Values]

    def part(self, kept: NDArray[np.bool_]) -> "Table":
        chosen = np.flatnonzero(kept).tolist()
        columns: dict[str, Values] = {
            name: [values[at] for at in chosen] for name, values in self.columns.items()
        }
        return Table(self.places[kept], columns)


def read_alike(sensor: str, given: Documents) -> tuple[list[Batch], list[int]]:
    """The events of documents that are like many others, and the places of the other documents."""
    batches, read = list[Batch](), np.zeros(len(given.records), bool)
    for table in _tables(given.records):
        if any(told in table.columns and ip not in table.columns for ip, told in ADDRESSED):
            continue
        for part in _by_kind(table):
            for places, batch in _batches(sensor, part, given):
                read[places] = True
                batches.append(batch)
    return batches, np.flatnonzero(~read).tolist()


def _tables(records: Sequence[Record]) -> Iterator[Table]:
    """Documents by layout: most often all have that of the first."""
    if len(records) < _WORTH:
        return
    try:
        yield Table(np.arange(len(records)), _columns(records, _layout(records[0])))
    except Unlike:
        of = defaultdict[Layout, list[int]](list)
        for place, record in enumerate(records):
            of[_layout(record)].append(place)
        for layout, places in of.items():
            if len(places) >= _WORTH:
                yield from _table(records, layout, places)


def _table(records: Sequence[Record], layout: Layout, places: Sequence[int]) -> Iterator[Table]:
    try:
        yield Table(np.array(places), _columns([records[at] for at in places], layout))
    except Unlike:
        return


def _layout(record: Record, prefix: str = "", depth: int = 0) -> Layout:
    return tuple((name, _inner(record[name], prefix + name, depth)) for name in sorted(record))


def _inner(value: Json, name: str, depth: int) -> "Layout | None":
    if type(value) is dict and value and _is_flattened(name, depth):
        return _layout(value, f"{name}.", depth + 1)
    return None


def _is_flattened(name: str, depth: int) -> bool:
    """Whether an object of this name is taken apart, as `ecs_rows.flat` does."""
    return depth < DEPTH and name != EXTRA


def _columns(records: Sequence[Record], layout: Layout) -> dict[str, Values]:
    found: dict[str, Values] = {}
    _take_apart(records, layout, "", 0, found)
    return found


def _take_apart(
    objects: Sequence[Record], layout: Layout, prefix: str, depth: int, found: dict[str, Values]
) -> None:
    """Raises Unlike."""
    for (name, inner), column in zip(layout, _members(objects, [name for name, _ in layout]), strict=True):
        full, kinds = prefix + name, set(map(type, column))
        if inner is not None and kinds == {dict}:
            inside = [one for one in column if isinstance(one, dict)]
            _take_apart(inside, inner, f"{full}.", depth + 1, found)
        elif full in found or inner is not None or (dict in kinds and _holds_objects(column, full, depth)):
            raise Unlike
        else:
            found[full] = column


def _members(objects: Sequence[Record], names: Sequence[str]) -> Iterator[Values]:
    """What objects have under each name. Raises Unlike where one has others."""
    orders = set(map(tuple, objects))
    if any(len(order) != len(names) or set(order) != set(names) for order in orders):
        raise Unlike
    if len(orders) > 1:
        return ([one[name] for one in objects] for name in names)
    (order,) = orders
    values = dict(zip(order, zip(*(one.values() for one in objects), strict=True), strict=True))
    return (values[name] for name in names)


def _holds_objects(column: Values, name: str, depth: int) -> bool:
    return _is_flattened(name, depth) and any(type(one) is dict and one for one in column)


def _by_kind(table: Table) -> Iterator[tuple[Kind, Table]]:
    """Documents are of one kind where they are alike in what tells it."""
    columns = table.columns
    telling: list[Sequence[Hashable]] = [
        list(map(_told, columns[name])) for name in TELLING if name in columns
    ]
    for name in SHOWING & columns.keys():
        if None in columns[name]:
            telling.append([one is None for one in columns[name]])
    keys = list(zip(*telling, strict=True)) or [()] * len(table.places)
    first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    kinds = {
        key: kind_of({name: values[at] for name, values in columns.items()}) for key, at in first.items()
    }
    for kind in dict.fromkeys(kinds.values()):
        same = np.fromiter((kinds[key] == kind for key in keys), bool, len(keys))
        yield kind, table if same.all() else table.part(same)


def _told(value: Json) -> str | tuple[str] | None:
    return value if value is None or type(value) is str else (repr(value),)


def _batches(sensor: str, of: tuple[Kind, Table], given: Documents) -> Iterator[tuple[Places, Batch]]:
    """With the places of the documents that are in each."""
    kind, table = of
    if EXTRA in table.columns or _TIME not in table.columns:
        return
    try:
        table, arrays = _arrays(kind, table)
    except Unsure:
        return
    size = len(table.places)
    if not size:
        return
    arrays = {**_stamped(sensor, kind, table, given), **_completed(kind, arrays, size)}
    schema = ecs.schema(kind)
    columns = [
        arrays[name] if name in arrays else pa.nulls(size, wanted)
        for name, wanted in zip(schema.names, schema.types, strict=True)
    ]
    whole = pa.RecordBatch.from_arrays(columns, schema=schema)
    step = max(1, min(_ROWS, _BYTES * size // (1 + pc.sum(pc.binary_length(whole.column(_RAW))).as_py())))
    for start in range(0, size, step):
        yield table.places[start : start + step], Batch(kind, whole.slice(start, step))


def _arrays(kind: Kind, table: Table) -> tuple[Table, dict[str, pa.Array]]:
    """The typed columns, of those documents in which each is as most are. Raises Unsure."""
    asked = READERS[kind].keys() & table.columns.keys()
    kept = np.ones(len(table.places), bool)
    arrays = {}
    for name in asked:
        try:
            arrays[name] = read_column(name, table.columns[name])
        except Unsure:
            kept &= which_read(name, table.columns[name])
    if kept.all():
        return table, arrays
    table = table.part(kept)
    return table, {name: read_column(name, table.columns[name]) for name in asked}


def _completed(kind: Kind, arrays: Mapping[str, pa.Array], size: int) -> dict[str, pa.Array]:
    """With what an event is where its document does not say it; its own id is not ours."""
    usual = "alert" if kind == "alert" else "event"
    said = arrays.get("event.kind", pa.nulls(size, pa.string()))
    kept = {name: one for name, one in arrays.items() if name != "event.id"}
    return {**kept, "event.kind": said.fill_null(usual)}


def _stamped(sensor: str, kind: Kind, table: Table, given: Documents) -> dict[str, pa.Array]:
    """What each event has whatever its document says, and what has no column."""
    places = table.places.tolist()
    originals = [given.originals[at] for at in places]
    own = table.columns.get(_RAW)
    if own is not None:
        pairs = zip(own, originals, strict=True)
        originals = [one if isinstance(one, str) and one else raw for one, raw in pairs]
    return {
        "event.id": pa.array([given.ids[at] for at in places], pa.string()),
        _RAW: pa.array(originals, pa.string()),
        "taishi.sensor": pa.array([sensor] * len(places), pa.string()),
        "taishi.record": pa.array(table.places, pa.int64()),
        EXTRA: _extra(_without_column(kind, table.columns), len(places)),
    }


def _without_column(kind: Kind, columns: Mapping[str, Values]) -> dict[str, Values]:
    found = {}
    for name, values in columns.items():
        if name not in READERS[kind]:
            if name not in ELSEWHERE:
                found[name] = values
        elif (lists := beyond(name, values)) is not None:
            found[name] = lists
    return found


def _extra(columns: Mapping[str, Values], size: int) -> pa.Array:
    """The fields that have no column, as JSON; null where there is none."""
    if not columns:
        return pa.nulls(size, pa.string())
    names, rows = list(columns), zip(*columns.values(), strict=True)
    if any(nothing in values for values in columns.values() for nothing in _NOTHING):
        kept = ({n: one for n, one in zip(names, row, strict=True) if one not in _NOTHING} for row in rows)
    else:
        kept = (dict(zip(names, row, strict=True)) for row in rows)
    return pa.array([_encode(one).decode() if one else None for one in kept], pa.string())
