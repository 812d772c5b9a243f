"""One document as a sender brought it."""

from collections.abc import Iterable

import msgspec
import orjson

from sensors.lines import MAX_LINE
from taishi.core.event import Json
from taishi.core.ids import stable_id, stable_ids


class Offered(msgspec.Struct, frozen=True, gc=False):
    """What a sender hands over: one line of bytes, where it wants it to lie, its own id for it, if any."""

    raw: bytes
    index: str = ""
    id: str | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """A document that is a JSON object. `name` makes the ids of its events: the same whenever it comes."""

    raw: bytes
    record: dict[str, Json]
    name: str


def named(sensor: str, offered: Iterable[Offered]) -> list[str]:
    """A name for each: by the sender's own id where it has one, else by its content and how often that was
    among them before. A sender that asks again, in whatever pieces, brings the same names.
    """
    seen: dict[bytes, int] = {}
    found, by_content = list[str](), stable_ids(sensor, "content")
    for one in offered:
        if one.id is not None:
            found.append(stable_id(sensor, one.index, "id", one.id))
        else:
            before = seen[one.raw] = seen.get(one.raw, -1) + 1
            found.append(by_content(before, one.raw))
    return found


def document(raw: bytes, name: str) -> Document:
    """Raises ValueError, saying why, for what is no JSON object, or too long."""
    if len(raw) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} bytes")
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(record, dict):
        raise ValueError("no JSON object")
    return Document(raw, record, name)
