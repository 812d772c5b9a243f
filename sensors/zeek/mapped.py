"""What a stream's mapping gives: a kind, columns, and which fields they came from."""

from collections.abc import Iterable, Mapping

from sensors.values import Table, columns
from taishi.core.ecs import Kind
from taishi.core.event import Json, Value


class Mapped:
    """`used` fields have their column; `kept` ones stay among the extra fields all the same."""

    def __init__(
        self, kind: Kind, row: Mapping[str, Value], used: Iterable[str], kept: Iterable[str] = ()
    ) -> None:
        self.kind = kind
        self.row = row
        self.used = frozenset(used)
        self.kept = frozenset(kept)


def by_table(
    kind: Kind, record: Mapping[str, Json], table: Table, more: Mapping[str, Value], used: Iterable[str] = ()
) -> Mapped:
    """A mapping by table, with columns that take more than a table."""
    return Mapped(kind, {**columns(record, table), **more}, {*table, *used})
