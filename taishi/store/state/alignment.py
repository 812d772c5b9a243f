"""Columns are only an index over the records: an older file's tables are made anew with today's."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from taishi.core.problems import Problem
from taishi.store.state.tables import RecordTable


def unaligned(connection: sa.Connection, tables: Sequence[RecordTable]) -> list[RecordTable]:
    """Those that are there with other columns than today's."""
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    return [
        one
        for one in tables
        if one.table.name in there
        and {column["name"] for column in inspector.get_columns(one.table.name)}
        != set(one.table.columns.keys())
    ]


def align(connection: sa.Connection, tables: Sequence[RecordTable], *, changed: bool) -> None:
    """`changed`: records may say something else than their columns, too."""
    older = unaligned(connection, tables)
    for one in tables:
        if one in older or (changed and _holds_any(connection, one)):
            _rebuild(connection, one)


def _holds_any(connection: sa.Connection, of: RecordTable) -> bool:
    return connection.scalar(sa.select(of.table.columns.id).limit(1)) is not None


def _rebuild(connection: sa.Connection, of: RecordTable) -> None:
    docs = connection.scalars(sa.select(sa.column("doc", sa.Text)).select_from(sa.table(of.table.name))).all()
    of.table.drop(connection)
    of.table.create(connection)
    try:
        for doc in docs:
            connection.execute(sa.insert(of.table), of.row(msgspec.json.decode(doc, type=of.of)))
    except msgspec.MsgspecError as error:
        raise Problem(
            f"the state's {of.table.name}: a record cannot be read ({error}); restore the state from a backup"
        ) from None
