"""How Elasticsearch indexes each column: explicit, from the types in `taishi.core.ecs`.

A column of words is asked in two ways: under its own name whatever its case, as Sigma means it, and as
`NAME.exact` letter by letter, as `taishi.core.ports.Condition` means it. Names are flat (`subobjects`), so
that `a` and `a.b` may both have a value.
"""

from collections.abc import Iterable

import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.store.asking import ADDRESSES
from taishi.store.elasticsearch.documents import NUMBER, PAIRS, TEXT, TIME, TIME_TEXT
from taishi.store.elasticsearch.pieces import KEYWORD_UNITS
from taishi.store.elasticsearch.windows_ecs import NAMES

#: Columns that are asked for letter by letter only: an id, and the raw record, which is searched by TEXT.
_AS_THEY_ARE = frozenset({"event.id", "event.original"})
#: Elastic's own name for a field that is asked whatever its case; pipelines for Sigma rules use it for these.
_CASELESS_ROOTS = ("process.", "target.process.")
_LOWER = "lowercase"


def common() -> dict[str, Json]:
    """Columns that every kind has, and what the store asks by: order of acknowledgement, pairs, text."""
    return _mappings(
        {
            **_columns(ecs.COMMON | ecs.TRAILING),
            TIME: {"type": "long"},
            TIME_TEXT: _keyword(),
            NUMBER: {"type": "long"},
            PAIRS: _keyword(fields={"caseless": _caseless()}),
            TEXT: _caseless(),
        }
    )


def specific(kind: Kind) -> dict[str, Json]:
    """Columns that only some kinds have."""
    return _mappings(_columns(ecs.SPECIFIC[kind]))


def windows() -> dict[str, Json]:
    """ECS fields that a Windows event's own fields are asked as, beside its columns."""
    properties: dict[str, Json] = {}
    columns, known = set(ecs.schema("windows").names), ecs.column_types()
    for field in sorted({field for fields in NAMES.values() for field in fields} - columns):
        of = known.get(field, pa.string())
        properties |= _named(field, _caseless() if _is_words(field, of) else _typed(field, of))
    return _mappings(properties)


def own() -> dict[str, Json]:
    """Whatever else a document has: a source's own fields, as words whatever their case."""
    template: Json = {"own": {"match": "*", "match_mapping_type": "*", "mapping": _caseless()}}
    return {"date_detection": False, "numeric_detection": False, "dynamic_templates": [template]}


def exact_field(name: str) -> str:
    """The field that holds a column's value letter by letter, as text."""
    return name if name in _AS_THEY_ARE else f"{name}.exact"


def _mappings(properties: dict[str, Json]) -> dict[str, Json]:
    return {"subobjects": False, "dynamic": True, "properties": properties}


def _columns(names: Iterable[str]) -> dict[str, Json]:
    types = ecs.column_types()
    properties: dict[str, Json] = {}
    for name in names:
        properties |= _named(name, _column(name, types[name]))
    return properties


def _named(name: str, of: dict[str, Json]) -> dict[str, Json]:
    named: dict[str, Json] = {name: of}
    if name.startswith(_CASELESS_ROOTS) and of["type"] == "keyword":
        named[f"{name}.caseless"] = {"type": "alias", "path": name}
    return named


def _column(name: str, of: pa.DataType) -> dict[str, Json]:
    if name in _AS_THEY_ARE:
        return _keyword()
    if name == "@timestamp":  # a data stream wants it without anything
        return {"type": "date"}
    made = _caseless() if _is_words(name, of) else _typed(name, of)
    return {**made, "fields": {"exact": _keyword()}}


def _typed(name: str, of: pa.DataType) -> dict[str, Json]:
    """Some sources give a name where an address belongs: it stays findable as text."""
    if pa.types.is_boolean(of):
        return {"type": "boolean"}
    if name in ADDRESSES:
        return {"type": "ip", "ignore_malformed": True}
    return {"type": "date" if pa.types.is_timestamp(of) else "long", "ignore_malformed": True}


def _is_words(name: str, of: pa.DataType) -> bool:
    return name not in ADDRESSES and (pa.types.is_string(of) or pa.types.is_list(of))


def _keyword(**more: Json) -> dict[str, Json]:
    return {"type": "keyword", "ignore_above": KEYWORD_UNITS, **more}


def _caseless() -> dict[str, Json]:
    """Counting and sorting go by `.exact`, so this one is for searching only."""
    return _keyword(normalizer=_LOWER, doc_values=False)
