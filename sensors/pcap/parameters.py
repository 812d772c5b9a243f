"""Parameters of a request to a web server, decoded: what the application behind it gets to see.

Query and form (WHATWG URL, 5.1: application/x-www-form-urlencoded), and the members of a JSON object.
"""

import json
import re
from collections.abc import Iterator

from sensors.pcap.secrets import MASK, has_password, masked
from taishi.core.encoded import percent_decoded

_MANY, _NAME, _VALUE = 40, 80, 400
#: Percent signs of what was encoded twice to pass a filter.
_ENCODED = re.compile(r"%[0-9a-fA-F]{2}")


def parameters(query: str, body: str | None, mime_type: str | None) -> list[str]:
    """`name=value`, decoded, in their order; secrets masked, long values cut, at most 40 of them."""
    pairs = [*_form(query)]
    if body and mime_type == "application/x-www-form-urlencoded":
        pairs += _form(body)
    elif body and mime_type and mime_type.endswith("json"):
        pairs += _json(body)
    return [f"{name[:_NAME]}={_shown(name, value)}" for name, value in pairs[:_MANY]]


def _form(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split("&", _MANY)[:_MANY]:
        name, equals, value = pair.partition("=")
        if name and equals:
            yield _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    once = percent_decoded(text.replace("+", " "))
    return percent_decoded(once.replace("+", " ")) if _ENCODED.search(once) else once


def _json(text: str) -> Iterator[tuple[str, str]]:
    """Members that are text or numbers; nothing where the body is cut off or no object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    for name, value in found.items() if isinstance(found, dict) else ():
        if isinstance(value, str | int | float):
            # Half a surrogate pair is JSON, but no text.
            yield _whole(name), _whole(str(value))


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _shown(name: str, value: str) -> str:
    """Masked by the decoded name too: an encoded one is not known for what it is before."""
    return MASK if has_password(f"{name}=x") else masked(value)[:_VALUE]
