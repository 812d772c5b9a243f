"""Flows, names and logons in a few words, and what one behaviour says of them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from detections.behaviours.catalogue import all_behaviours
from detections.ledger.ledger import Judge, Ledger
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Row
from taishi.core.records import Hit

START = datetime(2026, 3, 2, tzinfo=UTC)
Say = Callable[..., list[Hit]]


def flow(source: str, destination: str, port: int, seconds: float = 0, **more: object) -> Row:
    """An answered TCP flow, unless `more` says otherwise."""
    row = {
        "@timestamp": START + timedelta(seconds=seconds),
        "source.ip": source,
        "destination.ip": destination,
        "destination.port": port,
        "network.transport": "tcp",
        "taishi.flow.state": "SF",
        "source.bytes": 400,
        "destination.bytes": 400,
        "source.packets": 4,
        "destination.packets": 4,
        "taishi.flow.source_payload": 200,
        "taishi.flow.destination_payload": 200,
        "event.duration": 1_000_000_000,
    }
    return {**row, **{name.replace("__", "."): value for name, value in more.items()}}


VAIN = {
    "taishi.flow.state": "S0",
    "destination.bytes": 0,
    "destination.packets": 0,
    "taishi.flow.source_payload": 0,
    "taishi.flow.destination_payload": 0,
}


def vain(source: str, destination: str, port: int, seconds: float = 0) -> Row:
    """A TCP probe that nobody answered."""
    return {**flow(source, destination, port, seconds), **VAIN}


def batch_of(kind: Kind, rows: Iterable[Row]) -> Batch:
    """Rows as one batch."""
    builder = BatchBuilder(kind, "test", "test")
    for number, row in enumerate(rows):
        builder.add(number, row)
    batch = builder.take()
    assert batch is not None
    return batch


def judged_by(module: str) -> Judge:
    """The behaviour of that module."""
    return next(one for one in all_behaviours() if one.__module__.endswith(f".{module}"))


def ledger_of(module: str, limits: dict[str, int] | None = None) -> Ledger:
    """A ledger for one behaviour, with 10.0.0.0/8 as the inside."""
    return Ledger(Networks(["10.0.0.0/8"]), [judged_by(module)], limits)


def hits_of(module: str, kind: Kind, rows: Iterable[Row], size: int = 10_000) -> list[Hit]:
    """What the behaviour of that module says of rows of a kind, given in batches of that size."""
    return hits_of_all(module, {kind: rows}, size)


def hits_of_all(module: str, rows: Mapping[Kind, Iterable[Row]], size: int = 10_000) -> list[Hit]:
    """The same for rows of several kinds."""
    ledger = ledger_of(module)
    for kind, given in rows.items():
        batch = batch_of(kind, given)
        for start in range(0, len(batch), size):
            ledger.observe(Batch(kind, batch.rows.slice(start, size)))
    return ledger.judged()


@pytest.fixture
def say() -> Say:
    return hits_of
