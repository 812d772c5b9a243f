"""Flows that have ended, as batches of the columns that events travel in."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from sensors.pcap.compiled.layout import NUMBERS, STATES, TEXTS, Numbers, Quantities
from sensors.pcap.compiled.table import Table
from sensors.pcap.rows import PORTED, TRANSPORTS
from sensors.pcap.screen import Screen, Side
from taishi.core import ecs
from taishi.core.event import Batch

_SCHEMA = ecs.schema("flow")
_TRANSPORT_NAMES = pa.array([TRANSPORTS.get(number, str(number)) for number in range(256)])
_NUMERIC = frozenset(_SCHEMA.names) & frozenset(NUMBERS)
_STATE_NAMES = pa.array(STATES)
_TYPE_NAMES = pa.array([f"ipv{number}" for number in range(7)])
_ALWAYS = {
    "event.kind": "event", "event.category": "network", "event.type": "connection",
    "event.module": "pcap", "event.dataset": "pcap.flow", "taishi.sensor": "pcap",
}  # fmt: skip
_PORTED = np.isin(np.arange(256), sorted(PORTED))


class Writer:
    """Makes batches of one source's flows; `identity` is the source's."""

    def __init__(self, identity: str) -> None:
        said = identity.encode()
        if len(said) > 40:
            raise ValueError("the identity of a source has at most 40 characters")
        self._prefix = (4).to_bytes(8, "big") + b"flow" + len(said).to_bytes(8, "big") + said
        self._screen = Screen()
        self._alike: dict[str, pa.Array] = {}
        self._names = list(dict.fromkeys(self._screen.names))
        self._numbers = np.array([self._names.index(name) for name in self._screen.names])

    def batch(self, table: Table, slots: Numbers, known: Mapping[int, str | None]) -> Batch:
        """`known`: protocols of flows (by slot) that were looked into."""
        numbers = dict(zip(NUMBERS, table.numbers(slots), strict=True))
        arrays: dict[str, pa.Array] = _number_columns(numbers)
        arrays.update(_text_columns(*table.texts(slots, self._prefix), len(slots)))
        arrays["network.transport"] = _named(_TRANSPORT_NAMES, numbers["transport"])
        arrays["network.type"] = _named(_TYPE_NAMES, numbers["version"])
        arrays["taishi.flow.state"] = _named(_STATE_NAMES, numbers["state"])
        arrays["network.protocol"] = self._protocols(table, slots, numbers, known)
        columns = [
            arrays[field.name] if field.name in arrays else self._same(field, len(slots)) for field in _SCHEMA
        ]
        return Batch("flow", pa.RecordBatch.from_arrays(columns, schema=_SCHEMA))

    def _same(self, field: pa.Field, count: int) -> pa.Array:
        """A column of which all rows are alike; made once, and shared."""
        made = self._alike.get(field.name)
        if made is None or len(made) < count:
            value = _ALWAYS.get(field.name)
            made = pa.nulls(count, field.type) if value is None else pa.repeat(value, count)
            self._alike[field.name] = made
        return made.slice(0, count)

    def _protocols(
        self, table: Table, slots: Numbers, numbers: dict[str, Quantities], known: Mapping[int, str | None]
    ) -> pa.Array:
        places = np.flatnonzero((numbers["source_head_size"] + numbers["destination_head_size"]) > 0)
        few = {name: column[places] for name, column in numbers.items()}
        found = self._screen.signatures(
            few["transport"], (few["source.port"], few["destination.port"]), table.heads,
            Side(few["source_head"], few["source_head_size"]),
            Side(few["destination_head"], few["destination_head_size"]),
        )  # fmt: skip
        names = np.full(len(slots), -1, np.int64)
        names[places] = np.where(found >= 0, self._numbers[found], -1)
        if known:
            for place, slot in enumerate(slots.tolist()):
                if slot in known:
                    names[place] = self._number(known[slot])
        return _named(pa.array(self._names), names)

    def _number(self, name: str | None) -> int:
        if name is None:
            return -1
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)


def _number_columns(numbers: dict[str, Quantities]) -> dict[str, pa.Array]:
    arrays = {
        name: pa.Array.from_buffers(_SCHEMA.field(name).type, len(values), [None, pa.py_buffer(values)])
        for name, values in numbers.items()
        if name in _NUMERIC
    }
    arrays["@timestamp"] = arrays["event.start"]
    without = ~_PORTED[numbers["transport"]]
    if without.any():
        for name in ("source.port", "destination.port"):
            arrays[name] = pa.array(numbers[name], pa.int64(), mask=without)
    return arrays


def _text_columns(
    out: np.ndarray[tuple[int], np.dtype[np.uint8]], ends: Numbers, count: int
) -> dict[str, pa.Array]:
    """Text of no length stands for none."""
    data = pa.py_buffer(out.copy())
    arrays = {}
    for name, places in zip(TEXTS, ends, strict=True):
        there = np.diff(places) > 0
        valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
        buffers = [valid, pa.py_buffer(places.tobytes()), data]
        arrays[name] = pa.Array.from_buffers(pa.string(), count, buffers)
    return arrays


def _named(names: pa.Array, numbers: Quantities) -> pa.Array:
    """Negative numbers stand for none."""
    return names.take(pa.array(numbers, mask=numbers < 0))
