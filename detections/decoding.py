"""A web request as the server would read it: the layers that attackers wrap their words in, taken off."""

import html
import re
from urllib.parse import unquote_to_bytes

from taishi.core.event import Event

#: How often percent and entity layers are taken off; deeper nesting is not seen in practice and costs time.
_LAYERS = 3
_UNICODE = re.compile(r"(?:%u|\\u)([0-9a-fA-F]{4})")
_COMMENT = re.compile(r"/\*.*?\*/", re.S)


def decode(text: str) -> str:
    """Percent (also doubled), %u and HTML entities decoded, + read as a space, NUL removed."""
    for _ in range(_LAYERS):
        plain = unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")
        plain = _UNICODE.sub(lambda found: chr(int(found.group(1), 16)), plain)
        plain = html.unescape(plain)
        if plain == text:
            break
        text = plain
    return text.replace("\0", "")


def decode_request(event: Event) -> str:
    """URL, user agent, referrer, headers and body of an http event, decoded, one line each.

    SQL comments are shown twice, as they are and taken out, so that `UN/**/ION` reads as UNION too.
    """
    parts = [
        event.text(name)
        for name in (
            "url.original",
            "user_agent.original",
            "http.request.referrer",
            "taishi.http.headers",
            "http.request.body.content",
        )
    ]
    decoded = "\n".join(decode(part) for part in parts if part)
    bare = _COMMENT.sub("", decoded) if "/*" in decoded else decoded
    return decoded if bare == decoded else f"{decoded}\n{bare}"
