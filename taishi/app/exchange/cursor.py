"""How far a stream went: text that nobody needs to read, given back to go on from there."""

import base64
import binascii
from datetime import datetime

import msgspec

from taishi.core.ports import EventStore
from taishi.core.problems import Problem


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """`events`: the store's own cursor; `last`: the id of the event before it; `items`: alerts, letters and
    counts that changed from then on come next."""

    events: str = ""
    last: str = ""
    items: datetime | None = None

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def read_cursor(text: str, events: EventStore) -> Cursor:
    """Raises Problem where it is none, or one of another store: its numbers would leave events out."""
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=Cursor)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise Problem(
            f"--since {text}: is neither a date or time nor the `next` of a stream; copy it whole"
        ) from None
    if cursor.last and events.get(cursor.last) is None:
        raise Problem(
            f"--since {text[:16]}…: is of another event store; give a date: what is known adds nothing"
        )
    return cursor
