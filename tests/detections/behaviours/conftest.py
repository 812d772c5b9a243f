"""Flows, names and logons in a few words, and what one behaviour says of them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from detections.behaviours.catalogue import all_behaviours
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import BatchBuilder, Row
from taishi.core.ports import Behaviour
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


def hits_of(module: str, kind: Kind, rows: Iterable[Row], size: int = 10_000) -> list[Hit]:
    """What the behaviour of that module says of rows of a kind, with 10.0.0.0/8 as the inside."""
    watching = all_behaviours(Networks(["10.0.0.0/8"]))
    found = next(one for one in watching if type(one).__module__.endswith(module))
    builder = BatchBuilder(kind, "test", "test")
    for number, row in enumerate(rows):
        builder.add(number, row)
        if len(builder) >= size:
            observe(found, builder)
    observe(found, builder)
    return list(found.hits())


def observe(behaviour: Behaviour, builder: BatchBuilder) -> None:
    batch = builder.take()
    if batch is not None:
        behaviour.observe(batch)


@pytest.fixture
def say() -> Say:
    return hits_of
