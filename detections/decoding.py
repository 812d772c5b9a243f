"""A web request as the server would read it: the layers that attackers wrap their words in, taken off."""

import html
import re
from collections.abc import Iterator

from taishi.core.encoded import percent_decoded
from taishi.core.event import Event

#: How often percent and entity layers are taken off; deeper nesting is not seen in practice and costs time.
_LAYERS = 3
#: Longest text that is decoded: servers refuse longer request lines, and rules cost time by length.
_LONGEST = 16_384
#: What has one of these may stand for something else.
_ENCODED = re.compile(r"[%+&\\\0]")
_UNICODE = re.compile(r"(?:%u|\\u)([0-9a-fA-F]{4})")
#: Log4j lookups that stand for a plain letter or word: ${lower:j}, ${env:NONE:-j}, ${::-j}.
_LOOKUP = re.compile(
    r"\$\{(?:lower|upper):([^{}$]{1,20})\}|\$\{[^{}$]{0,60}:-([^{}$]{0,40})\}", re.IGNORECASE
)
#: Heads of the parts of a multipart body: they are the browser's, not the user's.
_PART_HEAD = re.compile(r"(?im)^(?:--[^\r\n]{8,100}|content-[a-z-]{3,30}:[^\r\n]{0,500})\r?$")


def decode(text: str) -> str:
    """Percent (also doubled), %u and HTML entities decoded, + read as a space, NUL removed."""
    text = text[:_LONGEST]
    if not _ENCODED.search(text):
        return text
    for _ in range(_LAYERS):
        plain = percent_decoded(text.replace("+", " "))
        plain = _UNICODE.sub(lambda found: chr(int(found.group(1), 16)), plain)
        plain = html.unescape(plain)
        if plain == text:
            break
        text = plain
    return text.replace("\0", "")


def decode_request(event: Event) -> str:
    """What the client asked: path and each parameter of query and body, decoded, one a line.

    SQL comments are shown twice, as they are and taken out, so that `UN/**/ION` reads as UNION too.
    """
    decoded = "\n".join(decode(part) for part in _parts(event))[:_LONGEST]
    bare = without_comments(decoded)
    return decoded if bare == decoded else f"{decoded}\n{bare}"


def decode_everything(event: Event) -> str:
    """The request with its headers, lookups resolved: for attacks that work from any field."""
    names = ("user_agent.original", "http.request.referrer", "taishi.http.headers")
    headers = (decode(event.text(name)) for name in names)
    return resolve_lookups("\n".join([decode_request(event), *headers]))


def resolve_lookups(text: str) -> str:
    """Log4j lookups that only hide a letter, resolved from the inside out."""
    for _ in range(6):
        if "${" not in text:
            break
        text, found = _LOOKUP.subn(lambda one: one.group(1) or one.group(2) or "", text)
        if not found:
            break
    return text


def _parts(event: Event) -> Iterator[str]:
    path, _, query = event.text("url.original").partition("?")
    yield path
    yield from re.split("[&\n]", query)
    body = event.text("http.request.body.content")
    if "multipart/" in event.text("http.request.mime_type") or body.startswith("--"):
        yield _PART_HEAD.sub("", body)
    elif body[:1] in ("{", "[", "<"):
        yield body
    else:
        yield from body.split("&")


def without_comments(text: str) -> str:
    """The text without its /* … */, in one pass."""
    kept, at = [], 0
    while (start := text.find("/*", at)) >= 0 and (end := text.find("*/", start + 2)) >= 0:
        kept.append(text[at:start])
        at = end + 2
    return "".join([*kept, text[at:]])
