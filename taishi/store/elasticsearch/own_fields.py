"""A source's own fields as fields of the document, so that rules which ask them by name find them.

Only for searching: what the event had is in `taishi.extra`.
"""

from collections.abc import Iterator, Mapping

import msgspec

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.store.elasticsearch.pieces import pieces
from taishi.store.elasticsearch.windows_ecs import asked_as

#: Where Winlogbeat has the fields of EventData, and the public pipelines of Sigma rules look for them.
EVENT_DATA = "winlog.event_data."
#: Longest name that becomes a field of the mapping, in characters.
_LONGEST_NAME = 200
#: Deepest object that is looked into.
_DEEPEST = 20
#: Ends of names that the mapping has beside a field's own.
_TAKEN = (".exact", ".caseless")


def own_fields(kind: Kind, extra: Mapping[str, Json]) -> dict[str, list[str]]:
    """By field the values as texts, long ones in pieces; without those that are columns of the kind."""
    found: dict[str, list[str]] = {}
    for name, text in _leaves("", dict(extra), 0):
        for field, value in _named(kind, name, text):
            if _may_be_field(kind, field):
                found.setdefault(field, []).extend(pieces(value))
    return found


def _named(kind: Kind, name: str, text: str) -> Iterator[tuple[str, str]]:
    if kind == "windows":
        yield EVENT_DATA + name, text
        yield from asked_as(name, text)
    else:
        yield name, text


def _leaves(before: str, value: Json, depth: int) -> Iterator[tuple[str, str]]:
    """Every plain value with its dotted name."""
    if value is None or depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{before}.{key}" if before else key, inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(before, inner, depth + 1)
    else:
        yield before, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _may_be_field(kind: Kind, name: str) -> bool:
    """Names that Elasticsearch keeps for itself or that a column of the kind has are none."""
    return (
        0 < len(name) <= _LONGEST_NAME
        and bool(name.strip())
        and not name.startswith(("_", "taishi."))
        and not name.endswith(_TAKEN)
        and name not in ecs.schema(kind).names
    )
