"""HTTP/1.x messages (RFC 9112) cut out of the bytes of one direction."""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sensors.pcap.carried import is_text

_METHOD = re.compile(rb"([A-Z][A-Z_\-]{1,19}) ")
_VERSION = re.compile(rb"HTTP/(\d\.\d)")
_STATUS = re.compile(rb"HTTP/(\d\.\d) (\d{3})(?: |\Z)")
#: "HTTP/1.1" at the end of a request line.
_VERSION_BYTES = 8
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
#: Names of GB18030 and of what lies within it (IANA character sets; x-gbk of browsers).
_CHINESE = frozenset(
    {"gb18030", "gbk", "gb2312", "gb_2312-80", "csgb2312", "cp936", "ms936", "windows-936", "x-gbk", "euc-cn"}
)
#: How the codecs of UTF-8 and GB18030 say that the data end within a character.
_CUT = frozenset({"unexpected end of data", "incomplete multibyte sequence"})
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

    def raw(self, limit: int) -> bytes:
        """The first bytes of the body, unpacked."""
        return _unpacked(self.body, (self.header("content-encoding") or "").lower())[:limit]

    def text(self, limit: int) -> str | None:
        """The first characters of the body, unpacked; None where there is none.

        By the charset that the head names; where it names none in UTF-8, else in GB18030 where all of it is.
        What is none of these is taken for Latin-1, which every byte is.
        """
        if not self.body:
            return None
        raw = self.raw(limit * 2)
        return _read(raw, self._charsets(raw))[:limit]

    def _charsets(self, raw: bytes) -> tuple[str, ...]:
        named = _CHARSET.search(self.header("content-type") or "")
        if named is None:
            return ("utf-8", "gb18030") if is_text(raw) else ("utf-8",)
        name = named[1].lower()
        return ("gb18030", "utf-8") if name in _CHINESE else ("utf-8",)


def _read(raw: bytes, charsets: tuple[str, ...]) -> str:
    """In the first charset that fits; a character cut at the end is no reason against one."""
    for charset in charsets:
        try:
            return raw.decode(charset)
        except UnicodeDecodeError as error:
            if error.reason in _CUT:
                return raw[: error.start].decode(charset)
    return raw.decode("latin-1")


#: Where in `data[begin:end]`, one line, a first line begins, and its words; None where it is none.
#: Lines are cut before they are judged, and judged once, so that no content costs more than its length.
FirstLine = Callable[[bytes, int, int], tuple[int, tuple[bytes, ...]] | None]


def request_line(data: bytes, begin: int, end: int) -> tuple[int, tuple[bytes, ...]] | None:
    """Method, target, version. A target may hold spaces: attacks send them raw."""
    version = _VERSION.fullmatch(data, max(begin, end - _VERSION_BYTES), end)
    method = version and _METHOD.search(data, begin, version.start())
    if not version or not method:
        return None
    target = data[method.end() : version.start()].removesuffix(b" ")
    return method.start(), (method[1], target, version[1])


def response_line(data: bytes, begin: int, end: int) -> tuple[int, tuple[bytes, ...]] | None:
    """Version, status."""
    found = _STATUS.search(data, begin, end)
    return (found.start(), found.groups()) if found else None


def begins(data: bytes, kind: FirstLine) -> bool:
    """Whether the data begin with such a first line."""
    for begin, end, _ in _lines(data, 0):
        found = kind(data, begin, end)
        return found is not None and found[0] == 0
    return False


def _lines(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Where each whole line begins and ends, and where the next one begins; a lone CR parts lines too."""
    while (feed := data.find(b"\n", at)) >= 0:
        end = feed - (data[max(at, feed - 1) : feed] == b"\r")
        yield max(at, data.rfind(b"\r", at, end) + 1), end, feed + 1
        at = feed + 1


def messages(data: bytes, kind: FirstLine, bodiless: Iterator[bool] | None = None) -> Iterator[Message]:
    """Every message whose first line is of a `kind`; bytes between that are none are passed over.

    `bodiless` says of each response in turn that its request was HEAD; None: these are requests.
    """
    at = 0
    while (first := _first(data, at, kind)) is not None:
        start, line_end, found = first
        end = _HEAD_END.search(data, line_end - 2)
        head_end = end.end() if end else len(data)
        headers = tuple(_headers(data[line_end : end.start() if end else len(data)]))
        words = tuple(word.decode("latin-1") for word in found)
        no_body = next(bodiless, False) if bodiless is not None and not words[1].startswith("1") else False
        body, at = _body(data, head_end, headers, words, bodiless is not None, no_body)
        yield Message(start, words, headers, body, at - head_end, at - start)


def _first(data: bytes, at: int, kind: FirstLine) -> tuple[int, int, tuple[bytes, ...]] | None:
    """The next first line: where it begins, where the line after it does, and its words."""
    for begin, end, following in _lines(data, at):
        found = kind(data, begin, end)
        if found is None:
            continue
        start, words = found
        # Inside a line, after what is left of something lost, it counts only where a header follows.
        if start == at or data[start - 1 : start] == b"\n" or _resumes(data, following):
            return start, following, words
    return None


def _resumes(data: bytes, at: int) -> bool:
    return data[at : at + 80].partition(b"\n")[0].find(b":") > 0


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
