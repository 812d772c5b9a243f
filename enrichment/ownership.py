"""Stamps whose source, destination and host were at the event's own time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enrichment.segments import Numbers
from taishi.core.event import Batch
from taishi.core.ports import Ownership, Register


class DatedRegister(Register, Protocol):
    """A register that says when its answers may change, and that is asked for many names at once."""

    @property
    def changes(self) -> Sequence[datetime]:
        """Ascending, zone-aware."""

    @property
    def owners(self) -> Sequence[Ownership]:
        """Everybody that `codes` may name, by code."""

    def keys(self, names: pa.Array) -> Numbers:
        """For each name (text, no nulls) what it is known by; -1 where nobody ever owned it."""

    def codes(self, keys: Numbers, epochs: Numbers) -> Numbers:
        """The owner of each key after that many changes, as a place in `owners`; -1 where there is none."""


class OwnershipEnricher:
    """Fits `taishi.core.ports.Enricher`: fills taishi.{source,destination,host}.{unit,asset}.

    A side is known by its address, else by its domain; a host by its name, else by its first address.
    Stamps from elsewhere are replaced, so enriching twice changes nothing.
    """

    def __init__(self, register: DatedRegister) -> None:
        self._register = register
        self._units = pa.array([owner.unit for owner in register.owners], pa.string())
        self._assets = pa.array([owner.asset for owner in register.owners], pa.string())
        changes = pa.array(register.changes, pa.timestamp("us", tz="UTC")).cast(pa.int64())
        self._changes: Numbers = changes.to_numpy()

    def enrich(self, batch: Batch) -> Batch:
        if not len(batch):
            return batch
        rows = batch.rows
        times = rows.column("@timestamp").cast(pa.int64()).to_numpy()
        epochs: Numbers = np.searchsorted(self._changes, times, side="right")
        known_by = {
            "source": (rows.column("source.ip"), rows.column("source.domain")),
            "destination": (rows.column("destination.ip"), rows.column("destination.domain")),
            "host": (rows.column("host.name"), _first(rows.column("host.ip"))),
        }
        columns: dict[str, pa.Array] = {}
        for side, (better, other) in known_by.items():
            codes = self._codes(better, epochs)
            missing = codes < 0
            if missing.any() and other.null_count < len(other):
                codes = np.where(missing, self._codes(other, epochs), codes)
            columns[f"taishi.{side}.unit"] = _named(codes, self._units)
            columns[f"taishi.{side}.asset"] = _named(codes, self._assets)
        return batch.with_columns(columns)

    def _codes(self, names: pa.Array, epochs: Numbers) -> Numbers:
        """The owner of each row's name; every distinct name is looked up once."""
        if names.null_count == len(names):
            return np.full(len(names), -1, np.int64)
        encoded = names.dictionary_encode()
        keys = np.append(self._register.keys(encoded.dictionary), -1)
        places = encoded.indices.fill_null(len(keys) - 1).to_numpy()
        return self._register.codes(keys[places], epochs)


def _named(codes: Numbers, names: pa.Array) -> pa.Array:
    """The name of each code, null for -1."""
    missing = codes < 0
    if missing.all():
        return pa.nulls(len(codes), pa.string())
    return names.take(pa.array(codes, pa.int64(), mask=missing))


def _first(lists: pa.Array) -> pa.Array:
    """The first element of each list, null where there is none."""
    if lists.null_count == len(lists):
        return pa.nulls(len(lists), pa.string())
    some = pc.fill_null(pc.greater(pc.list_value_length(lists), 0), False)
    begins = lists.offsets[:-1].to_numpy()
    return lists.values.take(pa.array(begins, mask=~some.to_numpy(zero_copy_only=False)))
