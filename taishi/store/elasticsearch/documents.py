"""Events as documents and back: ECS names with dots as they are, and a few fields to search by."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

import msgspec
import pyarrow as pa

from taishi.core import ecs
from taishi.core.clock import rfc3339
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Extra, Json
from taishi.core.ids import stable_id
from taishi.store.elasticsearch.own_fields import EVENT_DATA, own_fields
from taishi.store.elasticsearch.pieces import pieces
from taishi.store.elasticsearch.rule_pairs import rule_pairs
from taishi.store.microseconds import microseconds

#: @timestamp to the microsecond, as a number: Elasticsearch's `date` knows milliseconds only.
TIME = "taishi.time"
#: @timestamp as text, as every other column has it beside itself.
TIME_TEXT = "@timestamp.exact"
#: The place in the order of acknowledgement.
NUMBER = "taishi.seq"
#: The source's own fields, each as its key in JSON followed by the value as text; and what only rules ask for
#: (`rule_pairs`).
PAIRS = "taishi.pairs"
#: event.original and message in lower case, in pieces that overlap.
TEXT = "taishi.text"
#: What is in a document for searching only.
SEARCHED = (TIME_TEXT, PAIRS, TEXT, f"{EVENT_DATA}*")

#: Elasticsearch refuses longer document ids (bytes).
_ID_BYTES = 512
#: Below, no value needs a look at whether it is too long for a keyword.
_SHORT = 3839
_encode = msgspec.json.Encoder().encode


def document_id(event_id: str) -> str:
    return event_id if 0 < len(event_id.encode()) <= _ID_BYTES else stable_id(event_id)


def pair(key: str, value: str) -> str:
    """No key can run into its value: JSON says where it ends."""
    return _encode(key).decode() + value


def document(event: Event, number: int, *, names: bool = True) -> bytes:
    """What is sent for one event, as JSON: only fields that have a value.

    `names`: with the source's own fields under their names, which a mapping may refuse.
    """
    fields: dict[str, Json] = {name: _plain(value) for name, value in event.fields.items()}
    fields[TIME], fields[TIME_TEXT] = microseconds(event.time), fields["@timestamp"]
    fields[NUMBER] = number
    extra = event.extra
    pairs = [*_pairs(extra), *rule_pairs(event, extra)]
    if pairs:
        fields[PAIRS] = pairs
    texts = [piece for name in ("event.original", "message") for piece in _lower(event.text(name))]
    if texts:
        fields[TEXT] = cast(list[Json], texts)
    return _encode({**own_fields(event.kind, extra), **fields} if names else fields)


def batch(kind: Kind, documents: Iterable[Mapping[str, object]]) -> Batch:
    """The documents of one kind as events again."""
    schema = ecs.schema(kind)
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    rows = []
    for source in documents:
        row = dict(source)
        for name in times:
            if name in row:
                row[name] = datetime.fromisoformat(cast(str, row[name]))
        for name in texts:
            value = row.get(name)
            if isinstance(value, list):
                row[name] = value[0]
        rows.append(row)
    return Batch(kind, pa.RecordBatch.from_pylist(rows, schema=schema))


def _plain(value: object) -> Json:
    """A long text is followed by its pieces: itself it is kept and not indexed."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, str) and len(value) > _SHORT:
        cut = pieces(value)
        return value if len(cut) == 1 else [value, *cut]
    return cast(Json, value)


def _pairs(extra: Extra) -> list[Json]:
    return [
        pair(key, piece)
        for key, value in extra.items()
        for text in _texts(value)
        for piece in (pieces(text) if len(text) > _SHORT else (text,))
    ]


def _lower(text: str) -> list[str]:
    return pieces(text.lower()) if text else []


def _texts(value: Json) -> list[str]:
    """A value of the source's own as texts, an array as its elements."""
    elements = value if isinstance(value, list) else [value]
    return [one if isinstance(one, str) else _encode(one).decode() for one in elements if one is not None]
