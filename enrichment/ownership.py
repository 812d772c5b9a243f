"""Stamps whose source, destination and host were at the event's own time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Batch
from taishi.core.ports import Register

Stamp = tuple[pa.Array, pa.Array]
#: For each row how many changes of the register lie at or before its time.
Epochs = np.ndarray[tuple[int], np.dtype[np.int64]]


class DatedRegister(Register, Protocol):
    """A register that says when its answers may change, so that each is asked for once a batch."""

    @property
    def changes(self) -> Sequence[datetime]:
        """Ascending, zone-aware."""


class OwnershipEnricher:
    """Fits `taishi.core.ports.Enricher`: fills taishi.{source,destination,host}.{unit,asset}.

    A side is known by its address, else by its domain; a host by its name, else by its first address.
    Stamps from elsewhere are replaced, so enriching twice changes nothing.
    """

    def __init__(self, register: DatedRegister) -> None:
        self._register = register

    def enrich(self, batch: Batch) -> Batch:
        if not len(batch):
            return batch
        rows = batch.rows
        epochs = self._epochs(rows.column("@timestamp"))
        known_by = {
            "source": (rows.column("source.ip"), rows.column("source.domain")),
            "destination": (rows.column("destination.ip"), rows.column("destination.domain")),
            "host": (rows.column("host.name"), _first(rows.column("host.ip"))),
        }
        columns: dict[str, pa.Array] = {}
        for side, (better, other) in known_by.items():
            unit, asset = self._stamp(better, rows, epochs)
            other_unit, other_asset = self._stamp(other, rows, epochs)
            columns[f"taishi.{side}.unit"] = pc.coalesce(unit, other_unit)
            columns[f"taishi.{side}.asset"] = pc.coalesce(asset, other_asset)
        return batch.with_columns(columns)

    def _epochs(self, times: pa.Array) -> Epochs:
        changes = pa.array(self._register.changes, pa.timestamp("us", tz="UTC")).cast(pa.int64())
        epochs: Epochs = np.searchsorted(changes.to_numpy(), times.cast(pa.int64()).to_numpy(), side="right")
        return epochs

    def _stamp(self, names: pa.Array, rows: pa.RecordBatch, epochs: Epochs) -> Stamp:
        """Unit and asset for each row; every distinct (name, epoch) is decided once."""
        if names.null_count == len(names):
            return pa.nulls(len(names), pa.string()), pa.nulls(len(names), pa.string())
        encoded = names.dictionary_encode(null_encoding="encode")
        pairs = encoded.indices.to_numpy().astype(np.int64) * (len(self._register.changes) + 1) + epochs
        _, first, place = np.unique(pairs, return_index=True, return_inverse=True)
        owners = [self._owner(names[at], rows.column("@timestamp")[at]) for at in first.tolist()]
        units = pa.array([unit for unit, _ in owners], pa.string())
        assets = pa.array([asset for _, asset in owners], pa.string())
        return units.take(pa.array(place)), assets.take(pa.array(place))

    def _owner(self, name: pa.Scalar, at: pa.Scalar) -> tuple[str | None, str | None]:
        text: str | None = name.as_py()
        moment: datetime = at.as_py()
        owner = self._register.owner(text, moment) if text else None
        return (owner.unit, owner.asset) if owner else (None, None)


def _first(lists: pa.Array) -> pa.Array:
    """The first element of each list, null where there is none."""
    return pa.array([(items or [None])[0] for items in lists.to_pylist()], pa.string())
