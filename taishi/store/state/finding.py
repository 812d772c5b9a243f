"""`Find` as SQL; every value is a bound parameter."""

from datetime import datetime

import sqlalchemy as sa

from taishi.core.ports import Find, Scalar
from taishi.store.state.tables import RecordTable, sortable, storable


def matching(of: RecordTable, find: Find) -> "sa.ColumnElement[bool]":
    """Raises Problem for a column that is none."""
    parts = [_equal(of.column(name), value) for name, value in find.where.items()]
    parts += [_within(of.column(name), *span) for name, span in find.between.items()]
    parts += [
        of.column(name).icontains(storable(piece), autoescape=True) for name, piece in find.contains.items()
    ]
    return sa.and_(sa.true(), *parts)


def ordered(of: RecordTable, find: Find) -> "sa.Select[str]":
    """The documents, in the order that was asked for, then by id."""
    keys = [of.column(find.order), of.column("id")]
    chosen = sa.select(of.table.columns.doc).where(matching(of, find))
    chosen = chosen.order_by(
        *(key.desc().nulls_last() if find.descending else key.asc().nulls_first() for key in keys)
    )
    return chosen.limit(find.limit).offset(find.offset or None)


def _equal(
    column: "sa.Column[str | int | None]", value: Scalar | tuple[Scalar, ...]
) -> "sa.ColumnElement[bool]":
    values = value if isinstance(value, tuple) else (value,)
    told = [storable(one) if isinstance(one, str) else one for one in values if one is not None]
    given = column.in_(told)
    return sa.or_(given, column.is_(None)) if None in values else given


def _within(
    column: "sa.Column[str | int | None]", since: datetime | None, until: datetime | None
) -> "sa.ColumnElement[bool]":
    """Half-open; a record without that time is in no span that has an end."""
    parts: list[sa.ColumnElement[bool]] = []
    if since is not None:
        parts.append(column >= sortable(since))
    if until is not None:
        parts.append(column < sortable(until))
    return sa.and_(sa.true(), *parts)
