"""The body of a `_bulk` request: lines of JSON, an action and, for most, its document after it.

Elasticsearch 8.19 reference, "Bulk API".
"""

from collections.abc import Iterator
from typing import Literal, get_args

import msgspec
import orjson

from taishi.app.reception.documents import Offered

Action = Literal["create", "index", "update", "delete"]
_ACTIONS = frozenset(get_args(Action))
#: An action, its index, the sender's own id.
_Understood = tuple[Action, str, str | None]


class Malformed(ValueError):
    """The request is none; nothing of it is taken. The message is what Elasticsearch would say."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """One action. `offered`: its document; None where the action has none or may not be done here."""

    action: Action
    index: str
    id: str | None
    offered: Offered | None


def items(body: bytes, index: str = "") -> list[Item]:
    """`index`: of the path, where an action names none. Raises Malformed."""
    if not body.strip():
        raise Malformed("request body is required")
    if not body.endswith(b"\n"):
        raise Malformed("The bulk request must be terminated by a newline [\\n]")
    return list(_items(body.split(b"\n"), index))


def _items(lines: list[bytes], index: str) -> Iterator[Item]:
    at, end = 0, len(lines) - 1  # what follows the last line feed is no line
    told: bytes | None = None
    understood: _Understood = ("create", "", None)
    while at < end:
        line = lines[at]
        if not line.strip():
            at += 1
            continue
        if line != told:  # most say the same of each document
            told, understood = line, _action(line, at + 1, index)
        action, where, identity = understood
        at += 1
        if action == "delete":
            yield Item(action, where, identity, None)
            continue
        if at >= end:
            raise Malformed(f"Malformed action/metadata line [{at}]: its document is missing")
        raw = lines[at].rstrip(b"\r")
        at += 1
        yield Item(action, where, identity, None if action == "update" else Offered(raw, where, identity))


def _action(line: bytes, number: int, index: str) -> _Understood:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Malformed(
            f"Malformed action/metadata line [{number}], expected START_OBJECT ({error})"
        ) from None
    if not isinstance(found, dict) or len(found) != 1:
        raise Malformed(f"Malformed action/metadata line [{number}], expected one action in an object")
    ((action, about),) = found.items()
    if action not in _ACTIONS:
        known = "[create], [delete], [index] or [update]"
        raise Malformed(
            f"Malformed action/metadata line [{number}], expected field {known} but found [{action}]"
        )
    if not isinstance(about, dict):
        raise Malformed(f"Malformed action/metadata line [{number}], expected START_OBJECT for [{action}]")
    where, identity = about.get("_index") or index, about.get("_id")
    if not isinstance(where, str) or not where:
        raise Malformed(f"Validation Failed: {number}: index is missing;")
    return action, where, None if identity in (None, "") else str(identity)
