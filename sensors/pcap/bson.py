"""BSON (bsonspec.org, version 1.1) as far as MongoDB's commands need it; what is cut off is left out."""

from collections.abc import Iterator, Mapping

from sensors.pcap.little import u32

#: One value: text, number, truth, bytes of a binary, or a document; None where its kind says nothing here.
Bson = str | int | float | bool | bytes | None | Mapping[str, "Bson"]

#: Nobody's command nests deeper before it says what is wanted, or has more members at one level.
_DEEP, _MANY = 5, 128
_TEXT = 4096
_DOUBLE, _STRING, _DOCUMENT, _ARRAY, _BINARY, _FLAG, _INT32, _INT64 = 1, 2, 3, 4, 5, 8, 0x10, 0x12
#: Bytes of the kinds that have a fixed size.
_FIXED = {
    0x01: 8, 0x06: 0, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8,
    0x13: 16, 0xFF: 0, 0x7F: 0,
}  # fmt: skip
#: What stands around the bytes that the length of other kinds counts.
_COUNTED = {_STRING: 4, _DOCUMENT: 0, _ARRAY: 0, _BINARY: 5, 0x0D: 4, 0x0E: 4, 0x0F: 0}


def document(data: bytes, at: int = 0, deep: int = 0) -> dict[str, Bson]:
    """The members of the document at `at`, in their order; those before the damage where it is damaged."""
    return dict(_members(data[at : at + u32(data, at)], deep))


def _members(data: bytes, deep: int) -> Iterator[tuple[str, Bson]]:
    at = 4
    for _ in range(_MANY):
        end = data.find(b"\0", at + 1)
        if at >= len(data) or end < 0 or not data[at]:
            return
        kind, name, at = data[at], data[at + 1 : end].decode("utf-8", "replace"), end + 1
        size = _size(data, kind, at)
        if size is None:
            return
        yield name, _value(data[at : at + size], kind, deep)
        at += size


def _size(data: bytes, kind: int, at: int) -> int | None:
    """Bytes of a value; None where it is cut off, and for kinds that no command has."""
    if kind in _FIXED:
        return _FIXED[kind] if at + _FIXED[kind] <= len(data) else None
    if kind not in _COUNTED or at + 4 > len(data):
        return None
    return _COUNTED[kind] + u32(data, at)


def _value(raw: bytes, kind: int, deep: int) -> Bson:
    if kind == _STRING:
        return raw[4:-1][:_TEXT].decode("utf-8", "replace")
    if kind in (_DOCUMENT, _ARRAY):
        return document(raw, 0, deep + 1) if deep < _DEEP else {}
    if kind == _BINARY:
        return raw[5 : 5 + _TEXT]
    return _number(raw, kind)


def _number(raw: bytes, kind: int) -> Bson:
    if kind == _FLAG:
        return raw != b"\0"
    if kind in (_INT32, _INT64):
        return int.from_bytes(raw, "little", signed=True)
    if kind == _DOUBLE:
        # Answers say `ok: 1.0`; any other double is of no interest.
        return 1 if raw == b"\0\0\0\0\0\0\xf0\x3f" else 0
    return None
