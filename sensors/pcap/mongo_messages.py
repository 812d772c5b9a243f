"""Messages of MongoDB's wire protocol (its manual, "Wire Protocol"): commands and their answers."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from sensors.pcap.bson import Bson, document
from sensors.pcap.little import u32

_HEADER = 16
_REPLY, _UPDATE, _INSERT, _QUERY, _MORE, _DELETE = 1, 2001, 2002, 2004, 2005, 2006
_COMPRESSED, _MESSAGE = 2012, 2013
_ASKING = frozenset({_UPDATE, _INSERT, _QUERY, _MORE, _DELETE, 2007, 2010, _COMPRESSED, _MESSAGE})
_ANSWERING = frozenset({_REPLY, 2011, _COMPRESSED, _MESSAGE})
#: Operations of before version 3.6 that name a collection, as the command that took their place.
_OLD = {_UPDATE: "update", _INSERT: "insert", _QUERY: "find", _MORE: "getMore", _DELETE: "delete"}
_PLAIN, _ZLIB = 0, 2
_INFLATED = 1 << 16
_MESSAGES = 400


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer. `command` and `target` ("database.collection") are empty in answers."""

    offset: int
    number: int
    answers: int
    command: str
    target: str
    body: dict[str, Bson]


def is_request(data: bytes) -> bool:
    """Whether a message that asks begins here."""
    return _is_message(data) and u32(data, 12) in _ASKING


def is_answer(data: bytes) -> bool:
    """Whether a message that answers begins here."""
    return _is_message(data) and u32(data, 12) in _ANSWERING


def _is_message(data: bytes) -> bool:
    """A header, and a size that servers take (48 MB)."""
    return len(data) >= _HEADER and _HEADER < u32(data, 0) <= 48_000_000


def messages(data: bytes) -> Iterator[Message]:
    """One after the other, up to the first bytes that are none; the last one may be cut off."""
    at = 0
    for _ in range(_MESSAGES):
        head = data[at : at + _HEADER]
        if not (is_request(head) or is_answer(head)):
            return
        size, number, answers, opcode = (u32(data, at + place) for place in (0, 4, 8, 12))
        body = data[at + _HEADER : at + size]
        if opcode == _COMPRESSED:
            opcode, body = _unpacked(body)
        yield Message(at, number, answers, *_read(opcode, body))
        at += size


def _unpacked(body: bytes) -> tuple[int, bytes]:
    """OP_COMPRESSED: the operation, its size, who compressed it. Snappy and zstd stay closed."""
    if body[8:9] == bytes([_PLAIN]):
        return u32(body, 0), body[9:]
    if body[8:9] != bytes([_ZLIB]):
        return 0, b""
    try:
        return u32(body, 0), zlib.decompressobj().decompress(body[9:], _INFLATED)
    except zlib.error:
        return 0, b""


def _read(opcode: int, body: bytes) -> tuple[str, str, dict[str, Bson]]:
    if opcode == _MESSAGE:
        return _named(_first_section(body), "")
    if opcode == _REPLY:
        return "", "", document(body, 20)
    if opcode not in _OLD:
        return "", "", {}
    target, _, rest = body[4:].partition(b"\0")
    name = target.decode("utf-8", "replace")
    if opcode == _QUERY and name.endswith(".$cmd"):
        asked = document(rest, 8)
        inner = asked.get("$query", asked.get("query"))
        return _named(inner if isinstance(inner, dict) else asked, name.removesuffix(".$cmd"))
    return _OLD[opcode], name, {}


def _first_section(body: bytes) -> dict[str, Bson]:
    """The section of kind 0; sequences of documents (kind 1) may stand before it."""
    at = 4
    while at < len(body) and body[at] == 1 and u32(body, at + 1):
        at += 1 + u32(body, at + 1)
    return document(body, at + 1) if body[at : at + 1] == b"\0" else {}


def _named(body: dict[str, Bson], database: str) -> tuple[str, str, dict[str, Bson]]:
    """The first member is the command; its text the collection."""
    command, what = next(iter(body.items()), ("", None))
    known = body.get("$db", database)
    parts = [part for part in (known, what) if isinstance(part, str) and part]
    return command, ".".join(parts), body
