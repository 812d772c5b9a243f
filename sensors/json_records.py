"""JSON as it comes: one object a line, one array, or pretty-printed objects one after the other."""

import json
from collections.abc import Callable, Iterable, Iterator

import orjson

from sensors.lines import Damaged, Intake, Seen, first_lines, lines, shown
from sensors.values import json_object
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

#: One object and its raw text become events.
Parse = Callable[[dict[str, Json], str], Iterable[Seen]]


def read_objects(sensor: str, source: Source, reject: Reject, parse: Parse) -> Iterator[Batch]:
    """Every JSON object of the source, in any of the three layouts, through `parse`."""
    intake = Intake(sensor, source, reject)
    found = _documents(source, intake.refuse) if _spread(source) else lines(source, intake.refuse)
    for raw in found:
        yield from intake.take(raw, lambda text: parse(json_object(text), shown(text)))
    yield from intake.rest()


def first_object(source: Source) -> dict[str, Json]:
    """The first whole object of the head; empty where there is none."""
    for raw in _split(_text(source.head), _ignore) if _spread(source) else first_lines(source):
        try:
            return json_object(raw)
        except Damaged:
            continue
    return {}


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
    return not any(_whole(line) for line in sample)


def _whole(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _documents(source: Source, refuse: Callable[[str, bytes], None]) -> Iterator[bytes]:
    content = b"\n".join(lines(source, refuse))
    yield from _split(_text(content), refuse)


def _split(text: str, refuse: Callable[[str, bytes], None]) -> Iterator[bytes]:
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
