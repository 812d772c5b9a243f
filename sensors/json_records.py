"""JSON as it comes: one object a line, one array, or pretty-printed objects one after the other."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol, runtime_checkable

import orjson

from sensors import unpacked
from sensors.alike_documents import Documents
from sensors.flat_intake import FlatIntake, Format
from sensors.lines import (
    Damaged,
    Intake,
    Refuse,
    Seen,
    first_lines,
    is_cut,
    line_blocks,
    lines,
    shown,
    whole_lines,
)
from sensors.values import json_object
from taishi.core.event import Batch, Json
from taishi.core.flat import FlatRecords
from taishi.core.source import Reject, Source

#: One object and its raw text become events.
Parse = Callable[[dict[str, Json], str], Iterable[Seen]]
#: How deep a cut object is looked into.
_TOLD = 4


def read_objects(sensor: str, source: Source, reject: Reject, parse: Parse) -> Iterator[Batch]:
    """Every JSON object of the source, in any of the three layouts, through `parse`."""
    intake = Intake(sensor, source, reject)
    for block in raw_objects(source, intake.refuse):
        for raw in block:
            yield from intake.take(raw, lambda text: parse(json_object(text), shown(text)))
    yield from intake.rest()


@runtime_checkable
class ObjectSensor(Protocol):
    """Reads objects one by one, each by itself alone."""

    name: str

    def events_of(self, record: dict[str, Json], original: str) -> Iterable[Seen]: ...


@runtime_checkable
class TableSensor(ObjectSensor, Protocol):
    """Reads objects that are alike all at once."""

    def read_alike(self, given: Documents) -> tuple[list[Batch], list[int]]: ...


def read_parsed(
    sensor: ObjectSensor, records: Iterable[tuple[dict[str, Json], bytes]], source: Source, reject: Reject
) -> Iterator[Batch]:
    """As `read_objects`, of objects that are parsed already, each with its raw text."""
    intake = Intake(sensor.name, source, reject)
    for record, raw in records:
        yield from intake.take(raw, partial(_parsed, sensor, record))
    yield from intake.rest()


def _parsed(sensor: ObjectSensor, record: dict[str, Json], raw: bytes) -> Iterable[Seen]:
    return sensor.events_of(record, shown(raw))


def read_flat(form: Format, source: Source, reject: Reject) -> Iterator[FlatRecords]:
    """The same objects the short way."""
    intake = FlatIntake(form, source, reject)
    if form.tables is not None and not _spread(source):
        for text in whole_lines(source, intake.refuse):
            yield from intake.text(text)
    else:
        for block in raw_objects(source, intake.refuse):
            intake.add(block)
            if intake.ready:
                yield from intake.rest()
    yield from intake.rest()


def raw_objects(source: Source, refuse: Refuse) -> Iterator[list[bytes]]:
    """The raw text of every object (of every line, where it is one a line), some at once."""
    if _spread(source):
        return ([raw] for raw in _documents(source, refuse))
    return line_blocks(source, refuse)


def first_object(source: Source) -> dict[str, Json]:
    """The first whole object of the head; empty where there is none."""
    for raw in _split(_text(source.head), _ignore) if _spread(source) else first_lines(source):
        try:
            return json_object(raw)
        except Damaged:
            continue
    return _begun(_text(source.head).lstrip(" \t\r\n[")) if is_cut(source) else {}


def _begun(text: str, depth: int = 0) -> dict[str, Json]:
    """What can be told of an object that is cut: its members that are whole, and the last one's beginning."""
    decoder, at = json.JSONDecoder(), 1
    found: dict[str, Json] = {}
    while text.startswith("{") and depth < _TOLD:
        try:
            name, at = decoder.raw_decode(text, _next(text, at))
            at = _next(text, text.index(":", at) + 1)
        except (ValueError, RecursionError):
            break
        try:
            found[str(name)], at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found[str(name)] = _begun(text[at:], depth + 1)
            break
    return found


def _ignore(_why: str, _raw: bytes) -> None:
    """Recognising judges nothing: reading the source will."""


def _text(content: bytes) -> str:
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")


def _spread(source: Source) -> bool:
    """Whether objects run over several lines or stand in an array."""
    sample = first_lines(source)
    if not sample or not sample[0].lstrip().startswith((b"{", b"[")):
        return False
    if sample[0].lstrip().startswith(b"["):
        return True
    if is_cut(source):
        return _goes_on(_text(sample[0]))
    return not any(_whole(line) for line in sample)


def _goes_on(text: str) -> bool:
    """Whether another object follows the first one in the same line."""
    try:
        return len(text) > _next(text, json.JSONDecoder().raw_decode(text, _next(text, 0))[1])
    except (ValueError, RecursionError):
        return False


def _whole(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _documents(source: Source, refuse: Refuse) -> Iterator[bytes]:
    yield from _split(_text(_whole_content(source, refuse)), refuse)


def _whole_content(source: Source, refuse: Refuse) -> bytes:
    """Raises Problem beyond `DOCUMENT_BYTES`."""
    content = bytearray()
    for line in lines(source, refuse):
        content += line + b"\n"
        if len(content) > unpacked.DOCUMENT_BYTES:
            raise unpacked.too_large(source, "is one JSON document of", unpacked.DOCUMENT_BYTES)
    return bytes(content)


def _split(text: str, refuse: Refuse) -> Iterator[bytes]:
    """The raw text of each object; what is none is refused up to where the next one may begin."""
    decoder = json.JSONDecoder()
    at, inside = _next(text, 0), text.lstrip().startswith("[")
    if inside:
        at = _next(text, at + 1)
    while at < len(text):
        if inside and text[at] == "]":
            at = _next(text, at + 1)
            continue
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            end = _resume(text, at)
            refuse(f"no JSON: {error}", text[at:end].encode())
        else:
            yield text[at:end].encode()
        at = _next(text, end)


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _resume(text: str, at: int) -> int:
    """Where an object begins at the left margin, after `at`."""
    found = text.find("\n{", at + 1)
    return len(text) if found < 0 else found + 1
