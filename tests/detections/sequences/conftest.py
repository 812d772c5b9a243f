"""What the sequences say of a few events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detections.networks import Networks
from detections.sequences.catalogue import Sequences
from taishi.app.analysis import Analysis, Options, analyze
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Extra, Row
from taishi.core.records import Hit

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
#: Kind, seconds since the start, columns, the source's own fields.
Said = tuple[Kind, float, Row, Extra]


def said(kind: Kind, seconds: float = 0, extra: Extra | None = None, **row: object) -> Said:
    """An event from 10.0.0.9 to 203.0.113.7, unless `row` (dots as __) says otherwise."""
    ends = {"source.ip": "10.0.0.9", "destination.ip": "203.0.113.7", "network.transport": "tcp"}
    return (
        kind,
        seconds,
        {**ends, **{name.replace("__", "."): value for name, value in row.items()}},
        extra or {},
    )


def batch_of(*events: Said, number: int = 0) -> Batch:
    """These events, of one kind, the records of their source from that number on."""
    builder = BatchBuilder(events[0][0], "test", "test")
    for at, (_, seconds, row, extra) in enumerate(events, number):
        builder.add(at, {"@timestamp": START + timedelta(seconds=seconds), **row}, extra)
    batch = builder.take()
    assert batch is not None
    return batch


def hits_of(*events: Said) -> list[Hit]:
    """Every hit, with 10.0.0.0/8 as the inside."""
    watching = Sequences(Networks(["10.0.0.0/8"]))
    for number, event in enumerate(events):
        watching.observe(batch_of(event, number=number))
    return [hit for hit in watching.standing() if not hit.withdrawn]


@pytest.fixture
def judged(corpus: Path) -> Callable[[str], Analysis]:
    """What is said of a trace under network/, named without its folder."""

    def judge(name: str) -> Analysis:
        (path,) = (corpus / "network").rglob(name)
        return analyze([path], Options())

    return judge


@pytest.fixture
def event() -> Callable[..., Said]:
    return said


@pytest.fixture
def hits() -> Callable[..., list[Hit]]:
    return hits_of
