"""Events as documents and back: ECS names with dots as they are, and a few fields to search by."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

import msgspec
import pyarrow as pa

from taishi.core import ecs
from taishi.core.clock import rfc3339
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json
from taishi.core.ids import stable_id
from taishi.store.elasticsearch.server import Object
from taishi.store.microseconds import microseconds

#: @timestamp to the microsecond, as a number: Elasticsearch's `date` knows milliseconds only.
TIME = "taishi.time"
#: The place in the order of acknowledgement.
NUMBER = "taishi.seq"
#: The source's own fields, each as its key in JSON followed by the value as text.
PAIRS = "taishi.pairs"
#: event.original and message in lower case, in pieces that overlap.
TEXT = "taishi.text"

#: Longest keyword in characters: Lucene takes 32,766 bytes, a character has at most 4.
KEYWORD_CHARACTERS = 8191
_OVERLAP = 1024
#: Elasticsearch refuses longer document ids (bytes).
_ID_BYTES = 512


def document_id(event_id: str) -> str:
    return event_id if 0 < len(event_id.encode()) <= _ID_BYTES else stable_id(event_id)


def pair(key: str, value: str) -> str:
    """No key can run into its value: JSON says where it ends."""
    return msgspec.json.encode(key).decode() + value


def document(event: Event, number: int) -> Object:
    """What is sent for one event: only fields that have a value."""
    fields: dict[str, Json] = {name: _plain(value) for name, value in event.fields.items()}
    fields[TIME] = microseconds(event.time)
    fields[NUMBER] = number
    pairs = [pair(key, text) for key, value in event.extra.items() for text in _texts(value)]
    if pairs:
        fields[PAIRS] = cast(list[Json], pairs)
    pieces = [piece for name in ("event.original", "message") for piece in _pieces(event.text(name).lower())]
    if pieces:
        fields[TEXT] = cast(list[Json], pieces)
    return fields


def batch(kind: Kind, documents: Iterable[Mapping[str, object]]) -> Batch:
    """The documents of one kind as events again."""
    schema = ecs.schema(kind)
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    rows = []
    for source in documents:
        row = dict(source)
        for name in times:
            if name in row:
                row[name] = datetime.fromisoformat(cast(str, row[name]))
        rows.append(row)
    return Batch(kind, pa.RecordBatch.from_pylist(rows, schema=schema))


def _plain(value: object) -> Json:
    return rfc3339(value) if isinstance(value, datetime) else cast(Json, value)


def _texts(value: Json) -> list[str]:
    """A value of the source's own as texts, an array as its elements."""
    elements = value if isinstance(value, list) else [value]
    return [
        one if isinstance(one, str) else msgspec.json.encode(one).decode()
        for one in elements
        if one is not None
    ]


def _pieces(text: str) -> list[str]:
    """Pieces short enough to be keywords; whatever is up to the overlap long stands whole in one."""
    step = KEYWORD_CHARACTERS - _OVERLAP
    last = max(len(text) - _OVERLAP, 1)
    return [text[start : start + KEYWORD_CHARACTERS] for start in range(0, last, step)] if text else []
