"""The parts of a web request that a sender chooses, each with the place it stood in."""

import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple
from urllib.parse import unquote_plus

#: Where a value stood. `name`: what a parameter is called; `file`: what an upload is called;
#: `raw`: markup as a whole.
Place = Literal["path", "name", "value", "agent", "referrer", "cookie", "header", "file", "raw"]

#: Parts of one request that are looked at; a form with more is looked at by its first ones.
MOST = 200
_DEPTH = 12
_ATTRIBUTE = re.compile(r"=\s*(?:\"([^\"]{1,4000})\"|'([^']{1,4000})')")
_TEXT = re.compile(r">([^<>]{1,4000})<")
_PART = re.compile(r"\r?\n?--[^\r\n]{2,100}\r?\n")
_FILE_NAME = re.compile(
    r"filename\*?=\s*(?:UTF-8'')?(?:\"([^\"\r\n]{1,300})\"|([^\";\r\n]{1,300}))", re.IGNORECASE
)
_FILE_HEADERS = frozenset({"x-filename", "x_filename", "x-file-name", "x-file_name", "x.filename"})
#: Headers that every request has and whose form the protocol gives; `cookie` has a reader of its own.
_QUIET = frozenset(
    {
        "host", "content-length", "connection", "user-agent", "referer", "cookie", "date", "accept-language",
        "if-modified-since", "if-none-match", "etag", "keep-alive", "authorization", "proxy-authorization",
        "upgrade-insecure-requests", "dnt", "te", "cache-control", "pragma", "accept-encoding",
    }
)  # fmt: skip


class Part(NamedTuple):
    """One value as it was sent, still encoded."""

    place: Place
    name: str
    value: str
    form: bool = True


def of_url(target: str) -> Iterator[Part]:
    """Path, and names and values of the query."""
    path, _, query = target.partition("?")
    if "://" in path[:12]:
        path = "/" + path.partition("://")[2].partition("/")[2]
    yield Part("path", "", path, form=False)
    yield from of_query(query)


def of_query(query: str) -> Iterator[Part]:
    """Names and values of a form."""
    for pair in query.split("&", MOST)[:MOST]:
        name, equals, value = pair.partition("=")
        if name:
            yield Part("name", "", name)
        if equals and value:
            yield Part("value", unquote_plus(name)[:80], value)


def of_referrer(text: str) -> Iterator[Part]:
    """Where a request says it came from: query and fragment, or all of it where it is no address."""
    head, mark, rest = text.partition("?")
    if "://" not in head[:12]:
        yield Part("referrer", "", text)
        return
    if not mark:
        head, mark, rest = text.partition("#")
    yield Part("referrer", "", head)
    for pair in re.split("[&#]", rest)[:MOST]:
        yield Part("referrer", "", pair.partition("=")[2] or pair)


def of_cookies(text: str) -> Iterator[Part]:
    """Names and values of a Cookie header."""
    for pair in text.split("; ", MOST)[:MOST]:
        name, _, value = pair.partition("=")
        yield Part("name", "", name)
        if value:
            yield Part("cookie", name[:80], value)


def of_headers(lines: str) -> Iterator[Part]:
    """Headers as lines; those whose form the protocol gives are passed over."""
    for line in lines.split("\n")[:MOST]:
        name, _, value = line.partition(":")
        low, value = name.strip().lower(), value.strip()
        if low in _FILE_HEADERS:
            yield Part("file", low, value)
        elif low == "cookie":
            yield from of_cookies(value)
        elif low and value and low not in _QUIET and not low.startswith(("sec-", "accept", "x-forwarded")):
            yield Part("name", "", low, form=False)
            yield Part("header", low, value, form=False)
        elif low == "accept-encoding":
            yield Part("header", low, value, form=False)


def of_body(body: str, mime_type: str) -> Iterator[Part]:
    """The values of a form, JSON, XML or multipart body."""
    lead = body.lstrip()[:1]
    if body.startswith("--") or "multipart/" in mime_type:
        yield from _multipart(body)
    elif _is_binary(body):
        yield Part("raw", "", body, form=False)
    elif lead in ("{", "[") or mime_type.endswith("json"):
        yield from _json(body)
    elif lead == "<":
        yield from _xml(body)
    elif "text/plain" in mime_type or ("=" not in body[:200] and "&" not in body[:200]):
        yield Part("value", "", body)
    else:
        yield from of_query(body)


def _is_binary(body: str) -> bool:
    """Bytes of a format of its own (a print job, a packed report): their NULs and the like mean nothing."""
    start = body[:400]
    return sum(not letter.isprintable() and letter not in "\r\n\t" for letter in start) * 8 > len(start)


def _multipart(body: str) -> Iterator[Part]:
    for piece in _PART.split(body)[:MOST]:
        head, _, content = piece.replace("\r\n", "\n").partition("\n\n")
        if not content:
            continue
        named = _FILE_NAME.search(head)
        if named:
            yield Part("file", "filename", named[1] or named[2], form=False)
        kind = head.lower().partition("content-type:")[2].partition("\n")[0].strip()
        content = content.partition("\n--")[0]
        if kind.endswith(("json", "xml")):
            yield from of_body(content, kind)
        else:
            yield Part("raw" if named else "value", "", content, form=False)


def _json(body: str) -> Iterator[Part]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        yield Part("value", "", body, form=False)
        return
    yield from _members(found, "", 0)


def _members(found: object, name: str, depth: int) -> Iterator[Part]:
    if depth > _DEPTH:
        return
    if isinstance(found, dict):
        for key, value in list(found.items())[:MOST]:
            yield Part("name", "", key, form=False)
            yield from _members(value, key, depth + 1)
    elif isinstance(found, list):
        for value in found[:MOST]:
            yield from _members(value, name, depth + 1)
    elif isinstance(found, str):
        yield Part("value", name, found, form=False)


def _xml(body: str) -> Iterator[Part]:
    """Texts and attributes' values; declarations are shown whole, names of elements are the format's own."""
    if "<!" in body:
        yield Part("raw", "", body, form=False)
    for shape in (_ATTRIBUTE, _TEXT):
        for found in list(shape.finditer(body))[:MOST]:
            value = next(filter(None, found.groups()), "").strip()
            if value:
                yield Part("value", "", value, form=False)
