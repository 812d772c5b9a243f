"""Counting events by what they have in common: what may be asked, and how partial counts become groups.

A partial count is a table with a column for each of `by` (`key(0)`, `key(1)` …: text; a calendar column has
microseconds since 1970), VALUE where distinct values are asked for (text, null where there is none), COUNT.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from taishi.core import ecs
from taishi.core.clock import ZONE
from taishi.core.ports import Group
from taishi.core.problems import Problem

VALUE, COUNT = "value", "count"
KIND = "kind"
CALENDAR = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Whole records: no two are alike.
_RECORDS = frozenset({"event.original", "message"})


def key(number: int) -> str:
    return f"key{number}"


def check_grouping(by: Sequence[str], distinct: str | None) -> None:
    """Raises Problem."""
    if not by or len(set(by)) < len(by):
        raise Problem("group by at least one column, each once")
    for name in by:
        if name != KIND and name not in CALENDAR:
            _require_single(name)
    if distinct is not None:
        _require_single(distinct)


def _require_single(name: str) -> None:
    of = ecs.column_types().get(name)
    if of is None or pa.types.is_list(of) or pa.types.is_timestamp(of) or name in _RECORDS:
        raise Problem(f"{name}: cannot be grouped by; give a column with one value, kind, hour or day")


def largest(parts: Sequence[pa.Table], by: Sequence[str], distinct: str | None, limit: int) -> list[Group]:
    """The groups of partial counts that may overlap."""
    if limit < 1:
        raise Problem(f"limit {limit}: ask for at least 1 group")
    if not parts:
        return []
    keys = [key(number) for number in range(len(by))]
    rows = pa.concat_tables(parts)
    for name, column in zip(by, keys, strict=True):
        if name in CALENDAR:
            rows = rows.set_column(rows.schema.get_field_index(column), column, _local(rows[column], name))
    shown: list[int] = [0] * rows.num_rows
    if distinct is None:
        rows = _summed(rows, keys)
    else:
        alike = _summed(rows, [*keys, VALUE])
        rows = alike.group_by(keys).aggregate([(COUNT, "sum"), (VALUE, "count")])
        rows = rows.rename_columns([*keys, COUNT, VALUE])
    rows = rows.sort_by([(COUNT, "descending"), *((one, "ascending") for one in keys)]).slice(0, limit)
    if distinct is not None:
        shown = rows[VALUE].to_pylist()
    values = zip(*(rows[one].to_pylist() for one in keys), strict=True)
    return [Group(*one) for one in zip(values, rows[COUNT].to_pylist(), shown, strict=False)]


def _summed(rows: pa.Table, keys: list[str]) -> pa.Table:
    return rows.group_by(keys).aggregate([(COUNT, "sum")]).rename_columns([*keys, COUNT])


def _local(moments: pa.ChunkedArray, name: str) -> pa.Array:
    """Microseconds as the hour or day that a calendar in Asia/Shanghai shows."""
    coded = pc.dictionary_encode(moments.combine_chunks())
    texts = [
        (_EPOCH + timedelta(microseconds=one)).astimezone(ZONE).strftime(CALENDAR[name])
        for one in coded.dictionary.to_pylist()
    ]
    return pa.array(texts, pa.string()).take(coded.indices)
