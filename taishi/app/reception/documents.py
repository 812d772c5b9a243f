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


def documents(sensor: str, offered: Iterable[Offered]) -> tuple[list[str], list[Document], dict[str, str]]:
    """A name for each; those that are JSON objects, each name once; and, by name, why the others are none.

    Names are by the sender's own id where it has one, else by the content, in whatever order its keys stand,
    and how often that was among them before. A sender that asks again, in whatever pieces, brings the same.
    """
    seen: dict[bytes, int] = {}
    names, found, bad = list[str](), dict[str, Document](), dict[str, str]()
    by_content = stable_ids(sensor, "content")
    for one in offered:
        record = parsed(one.raw)
        if one.id is not None:
            name = stable_id(sensor, one.index, "id", one.id)
        else:
            content = one.raw if isinstance(record, str) else _ordered(record, one.raw)
            before = seen[content] = seen.get(content, -1) + 1
            name = by_content(before, content)
        names.append(name)
        if name in found or name in bad:
            continue
        if isinstance(record, str):
            bad[name] = record
        else:
            found[name] = Document(one.raw, record, name)
    return names, list(found.values()), bad


def parsed(raw: bytes) -> dict[str, Json] | str:
    """The JSON object, or why it is none, or too long."""
    if len(raw) > MAX_LINE:
        return f"longer than {MAX_LINE} bytes"
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return f"no JSON: {error}"
    return record if isinstance(record, dict) else "no JSON object"


def _ordered(record: dict[str, Json], raw: bytes) -> bytes:
    """Beats 7 write the keys of a document in another order each time they send it."""
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # nests deeper than may be written
        return raw
