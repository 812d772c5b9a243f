"""Batches, events and their ids."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.core.event import Batch, BatchBuilder, Builders, first_batch_error

WHEN = datetime(2026, 3, 2, tzinfo=UTC)


def built(record: int = 0, identity: str = "file", **row: str) -> Batch:
    builder = BatchBuilder("dns", "test", identity)
    builder.add(record, {"@timestamp": WHEN, **row})
    batch = builder.take()
    assert batch is not None
    return batch


def only_id(batch: Batch) -> str:
    return next(batch.events()).id


def test_the_same_record_read_twice_has_the_same_id() -> None:
    assert only_id(built(3, message="x")) == only_id(built(3, message="x"))


def test_place_source_and_content_each_make_another_id() -> None:
    ids = {
        only_id(built(3, message="x")),
        only_id(built(4, message="x")),
        only_id(built(3, message="y")),
        only_id(built(3, "other", message="x")),
    }
    assert len(ids) == 4


def test_a_field_without_a_column_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match=r"no\.such\.column"):
        BatchBuilder("dns", "test", "file").add(0, {"@timestamp": WHEN, "no.such.column": "x"})


@given(
    st.dictionaries(st.text(min_size=1), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text())
)
def test_own_fields_come_back_verbatim(extra: dict[str, str]) -> None:
    builder = BatchBuilder("other", "test", "file")
    try:
        builder.add(0, {"@timestamp": WHEN}, extra)
    except UnicodeEncodeError:
        return  # lone surrogates are no text; sensors decode with replacement
    batch = builder.take()
    assert batch is not None
    assert next(batch.events()).extra == extra


def test_builders_flush_full_kinds_and_give_the_rest_at_the_end() -> None:
    builders = Builders("test", "file", size=2)
    for number in range(3):
        builders.add("dns" if number < 2 else "flow", number, {"@timestamp": WHEN})
    assert [(batch.kind, len(batch)) for batch in builders.full()] == [("dns", 2)]
    assert [(batch.kind, len(batch)) for batch in builders.rest()] == [("flow", 1)]


def test_few_heavy_rows_are_a_full_batch() -> None:
    builders = Builders("test", "file")
    for number in range(9):
        builders.add("http", number, {"@timestamp": WHEN, "http.response.body.content": "x" * (1 << 20)})
    assert [len(batch) for batch in builders.full()] == [9]


def test_a_batch_without_time_is_told_apart() -> None:
    builder = BatchBuilder("dns", "test", "file")
    builder.add(0, {"@timestamp": None})
    batch = builder.take()
    assert batch is not None
    assert "@timestamp" in (first_batch_error(batch) or "")
    assert first_batch_error(built()) is None
