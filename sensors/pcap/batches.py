"""Flows that have ended, as batches of the columns that events travel in."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from sensors.pcap.compiled.layout import NUMBERS, STATES, TEXTS, Numbers, Quantities
from sensors.pcap.compiled.table import Table
from sensors.pcap.rows import PORTED, TRANSPORTS
from sensors.pcap.shortlist import Shortlist
from taishi.core import ecs
from taishi.core.event import Batch

_SCHEMA = ecs.schema("flow")
_TRANSPORT_NAMES = pa.array([TRANSPORTS.get(number, str(number)) for number in range(256)])
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
        self._shortlist = Shortlist()

    def batch(self, table: Table, slots: Numbers, known: Mapping[int, str | None]) -> Batch:
        """`known`: protocols of flows (by slot) that were looked into."""
        numbers = dict(zip(NUMBERS, table.numbers(slots), strict=True))
        arrays: dict[str, pa.Array] = _number_columns(numbers)
        arrays.update(_text_columns(*table.texts(slots, self._prefix), len(slots)))
        arrays["network.transport"] = _named(_TRANSPORT_NAMES, numbers["transport"])
        arrays["network.type"] = _named(_TYPE_NAMES, numbers["version"])
        arrays["taishi.flow.state"] = _named(_STATE_NAMES, numbers["state"])
        arrays["network.protocol"] = pa.array(self._protocols(table, slots, numbers, known), pa.string())
        for name, value in _ALWAYS.items():
            arrays[name] = pa.repeat(value, len(slots))
        columns = [
            arrays[field.name] if field.name in arrays else pa.nulls(len(slots), field.type)
            for field in _SCHEMA
        ]
        return Batch("flow", pa.RecordBatch.from_arrays(columns, schema=_SCHEMA))

    def _protocols(
        self, table: Table, slots: Numbers, numbers: dict[str, Quantities], known: Mapping[int, str | None]
    ) -> list[str | None]:
        names: list[str | None] = [None] * len(slots)
        spoken = (numbers["taishi.flow.source_payload"] + numbers["taishi.flow.destination_payload"]) > 0
        places = np.flatnonzero(spoken)
        rows = zip(
            places.tolist(), slots[places].tolist(), numbers["transport"][places].tolist(),
            numbers["source.port"][places].tolist(), numbers["destination.port"][places].tolist(),
            *table.heads(slots[places]), strict=True,
        )  # fmt: skip
        for place, slot, transport, source, destination, client, server in rows:
            if slot in known:
                names[place] = known[slot]
            else:
                names[place] = self._shortlist.name(transport, (source, destination), client, server)
        return names


def _number_columns(numbers: dict[str, Quantities]) -> dict[str, pa.Array]:
    arrays = {
        name: pa.array(values, _SCHEMA.field(name).type)
        for name, values in numbers.items()
        if name in _SCHEMA.names
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
    data = pa.py_buffer(out.tobytes())
    arrays = {}
    for name, places in zip(TEXTS, ends, strict=True):
        there = np.diff(places) > 0
        valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
        buffers = [valid, pa.py_buffer(places.tobytes()), data]
        arrays[name] = pa.Array.from_buffers(pa.string(), count, buffers)
    return arrays


def _named(names: pa.Array, numbers: Quantities) -> pa.Array:
    return names.take(pa.array(numbers))
