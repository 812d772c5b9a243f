"""The form of a line as JSON Schema (2020-12), made from what reads and writes them."""

from collections.abc import Mapping

import msgspec

from taishi.app.exchange.envelope import BEGIN, EVENT, MANIFEST, SIGNATURE, Begin, Line, Manifest, Signature
from taishi.app.exchange.items import DATA
from taishi.core import ecs
from taishi.core.ecs import Sort

Schema = Mapping[str, object]
_DATA: Mapping[str, type[msgspec.Struct]] = {BEGIN: Begin, **DATA, MANIFEST: Manifest, SIGNATURE: Signature}
_WORD = {"type": "string"}
_SORTS: Mapping[Sort, Schema] = {
    "word": _WORD,
    "words": {"type": "array", "items": _WORD},
    "count": {"type": "integer"},
    "time": {"type": "string", "format": "date-time"},
    "flag": {"type": "boolean"},
}


def schema() -> Schema:
    """Of one line: its envelope, and its data by its type."""
    (line, *data), named = msgspec.json.schema_components(
        [Line, *_DATA.values()], ref_template="#/$defs/{name}"
    )
    kinds = {EVENT + kind: _event(ecs.COMMON | ecs.SPECIFIC[kind]) for kind in ecs.KINDS}
    told = {**dict(zip(_DATA, data, strict=True)), **kinds}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a Taishi exchange stream (CloudEvents 1.0)",
        "allOf": [line],
        "oneOf": [
            {"properties": {"type": {"const": name}, "data": data}, "required": ["data"]}
            for name, data in told.items()
        ],
        "$defs": named,
    }


def _event(columns: Mapping[str, Sort]) -> Schema:
    """Other names may stand there too: they are passed over."""
    properties = {name: _SORTS[sort] for name, sort in columns.items()}
    return {"type": "object", "properties": {**properties, "event.original": _WORD, "taishi.extra": {}}}
