"""Columns are only an index over the records: an older file's tables are made anew with today's."""

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from taishi.store.state.engine import writing
from taishi.store.state.tables import RecordTable


def align(bind: sa.Engine | sa.Connection, tables: Iterable[RecordTable]) -> None:
    """In one transaction, that of a connection where one is given; nothing happens where the columns are the
    same.
    """
    inspector = sa.inspect(bind)
    there = set(inspector.get_table_names())
    older = [
        one
        for one in tables
        if one.table.name in there
        and {column["name"] for column in inspector.get_columns(one.table.name)}
        != set(one.table.columns.keys())
    ]
    if not older:
        return
    if isinstance(bind, sa.Connection):
        for one in older:
            _rebuild(bind, one)
        return
    with bind.connect().execution_options(**writing(bind)) as connection, connection.begin():
        for one in older:
            _rebuild(connection, one)


def _rebuild(connection: sa.Connection, of: RecordTable) -> None:
    docs = connection.scalars(sa.select(sa.column("doc", sa.Text)).select_from(sa.table(of.table.name))).all()
    of.table.drop(connection)
    of.table.create(connection)
    for doc in docs:
        connection.execute(sa.insert(of.table), of.row(msgspec.json.decode(doc, type=of.of)))
