"""HTTP/1.x messages (RFC 9112) cut out of the bytes of one direction."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

#: A request target may hold spaces: attacks send them raw.
REQUEST = re.compile(rb"([A-Z][A-Z_\-]{1,19}) ([^\r\n]*?) ?HTTP/(\d\.\d)\r?\n")
RESPONSE = re.compile(rb"HTTP/(\d\.\d) (\d{3})(?: [^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n")
#: How much of a body is unpacked.
_UNPACKED_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Message:
    """One request (`words`: method, target, version) or response (version, status).

    `body` is without chunk marks, still packed; `size` its bytes on the wire, `total` with the head.
    """

    offset: int
    words: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes
    size: int
    total: int

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def text(self, limit: int) -> str | None:
        """The first characters of the body, unpacked; None where there is none."""
        if not self.body:
            return None
        raw = _unpacked(self.body, (self.header("content-encoding") or "").lower())[: limit * 2]
        try:
            return raw.decode("utf-8")[:limit]
        except UnicodeDecodeError as error:
            # A character cut at the end is no reason to take the text for Latin-1.
            cut = error.start >= len(raw) - 3
            return (raw[: error.start].decode("utf-8") if cut else raw.decode("latin-1"))[:limit]


def messages(
    data: bytes, start: re.Pattern[bytes], bodiless: Iterator[bool] | None = None
) -> Iterator[Message]:
    """Every message whose first line matches `start`; bytes between that are none are passed over.

    `bodiless` says of each response in turn that its request was HEAD; None: these are requests.
    """
    at = 0
    while (first := start.search(data, at)) is not None:
        if first.start() != at and data[first.start() - 1 : first.start()] != b"\n":
            # Inside a line: only the very beginning of what is left may follow without a line end.
            at = first.start() + 1
            if not _resumes(data, first):
                continue
        end = _HEAD_END.search(data, first.end() - 2)
        head_end = end.end() if end else len(data)
        headers = tuple(_headers(data[first.end() : end.start() if end else len(data)]))
        words = tuple(group.decode("latin-1") for group in first.groups())
        no_body = next(bodiless, False) if bodiless is not None and not words[1].startswith("1") else False
        body, at = _body(data, head_end, headers, words, bodiless is not None, no_body)
        yield Message(first.start(), words, headers, body, at - head_end, at - first.start())


def _resumes(data: bytes, first: re.Match[bytes]) -> bool:
    return data[first.end() : first.end() + 80].partition(b"\n")[0].find(b":") > 0


def _headers(raw: bytes) -> Iterator[tuple[str, str]]:
    for line in raw.split(b"\n"):
        name, colon, value = line.rstrip(b"\r").partition(b":")
        if colon:
            yield name.decode("latin-1").strip(), _decoded(value.strip())


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _body(
    data: bytes,
    at: int,
    headers: tuple[tuple[str, str], ...],
    words: tuple[str, ...],
    response: bool,
    no_body: bool,
) -> tuple[bytes, int]:
    """The body and where the next message begins (RFC 9112, 6.3)."""
    named = {name.lower(): value for name, value in headers}
    if no_body or (response and (words[1].startswith("1") or words[1] in ("204", "304"))):
        return b"", at
    if "chunked" in named.get("transfer-encoding", "").lower():
        return _dechunked(data, at)
    length = named.get("content-length", "")
    if length.isdecimal() and len(length) < 12:
        end = min(at + int(length), len(data))
        return data[at:end], end
    return (data[at:], len(data)) if response else (b"", at)


def _dechunked(data: bytes, at: int) -> tuple[bytes, int]:
    body = bytearray()
    while (size := _CHUNK.match(data, at)) is not None:
        length = int(size[1], 16)
        at = size.end()
        if not length:
            end = _HEAD_END.search(data, max(at - 2, 0))
            return bytes(body), end.end() if end else len(data)
        body += data[at : at + length]
        at += length
        at += 2 if data[at : at + 2] == b"\r\n" else 1
    return bytes(body), min(at, len(data))


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return body
    for window in (47, -15):
        try:
            return zlib.decompressobj(window).decompress(body, _UNPACKED_BYTES)
        except zlib.error:
            continue
    return body
