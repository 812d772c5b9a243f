"""Events made from a few named fields."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Event, Extra, Row

WHEN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def make_batch(kind: Kind, *rows: Row, extra: Extra | None = None) -> Batch:
    builder = BatchBuilder(kind, "test", "test")
    for number, row in enumerate(rows):
        builder.add(number, {"@timestamp": WHEN, **row}, extra)
    batch = builder.take()
    assert batch is not None
    return batch


@pytest.fixture
def batch() -> Callable[..., Batch]:
    return make_batch


@pytest.fixture
def event() -> Callable[..., Event]:
    return lambda kind, extra=None, **row: next(
        make_batch(
            kind, {name.replace("__", "."): value for name, value in row.items()}, extra=extra
        ).events()
    )
