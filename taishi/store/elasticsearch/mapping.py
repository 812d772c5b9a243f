"""How Elasticsearch indexes each column: explicit, from the types in `taishi.core.ecs`."""

import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.store.asking import ADDRESSES
from taishi.store.elasticsearch.documents import KEYWORD_CHARACTERS, NUMBER, PAIRS, TEXT, TIME
from taishi.store.elasticsearch.server import Object

SETTINGS: Object = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}


def mapping(kind: Kind) -> Object:
    """Unknown fields are kept but not indexed; whatever is no keyword has a `.text` beside it that is."""
    properties: dict[str, Json] = {field.name: _property(field) for field in ecs.schema(kind)}
    properties |= {
        TIME: {"type": "long"},
        NUMBER: {"type": "long"},
        PAIRS: _keyword(),
        TEXT: {"type": "keyword", "doc_values": False},
    }
    return {"dynamic": False, "properties": properties}


def text_field(name: str) -> str:
    """The field that holds a column's value as text."""
    of = ecs.column_types()[name]
    return name if _is_keyword(name, of) else f"{name}.text"


def _property(field: pa.Field) -> Json:
    if _is_keyword(field.name, field.type):
        return _keyword()
    also: dict[str, Json] = {"fields": {"text": _keyword()}}
    if field.name in ADDRESSES:
        # Some sources give a name where an address belongs: it stays findable as text.
        return {"type": "ip", "ignore_malformed": True, **also}
    if pa.types.is_timestamp(field.type):
        return {"type": "date", "ignore_malformed": True, **also}
    return {"type": "boolean" if pa.types.is_boolean(field.type) else "long", **also}


def _is_keyword(name: str, of: pa.DataType) -> bool:
    return name not in ADDRESSES and (pa.types.is_string(of) or pa.types.is_list(of))


def _keyword() -> dict[str, Json]:
    return {"type": "keyword", "ignore_above": KEYWORD_CHARACTERS}
