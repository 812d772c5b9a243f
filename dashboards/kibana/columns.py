"""Which field of a stream answers for a column, read from the mapping that the store gives the stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.store.elasticsearch import mapping

#: What Kibana's Lens calls the types of the mapping.
Sort = Literal["string", "ip", "number", "date", "boolean"]
_SORTS: dict[str, Sort] = {
    "keyword": "string",
    "ip": "ip",
    "long": "number",
    "date": "date",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Field:
    """A field that groups, sums and sorts."""

    name: str
    sort: Sort


def asked(kind: Kind | None, column: str) -> str:
    """The field to search and show a column by. Raises LookupError where the stream has no such column."""
    _of(kind, column)
    return column


def counted(kind: Kind | None, column: str) -> Field:
    """The field to count a column by. Raises LookupError where nothing can be counted by it."""
    told = _of(kind, column)
    name = column
    if told.get("doc_values") is False:
        name, told = (
            f"{column}.exact",
            cast(Mapping[str, Mapping[str, Json]], told.get("fields", {}))["exact"],
        )
    return Field(name, _SORTS[str(told["type"])])


def _of(kind: Kind | None, column: str) -> Mapping[str, Json]:
    properties = _properties(kind)
    if column not in properties:
        raise LookupError(f"{column}: no column of {kind or 'every kind'}")
    return cast(Mapping[str, Json], properties[column])


@cache
def _properties(kind: Kind | None) -> Mapping[str, Json]:
    parts = [mapping.common(), *([mapping.specific(kind)] if kind else [])]
    return {name: of for part in parts for name, of in cast(Mapping[str, Json], part["properties"]).items()}
