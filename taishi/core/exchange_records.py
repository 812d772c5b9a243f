"""What came from other platforms by exchange (`docs/exchange.md`): never mixed with what is found here."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class ReceivedItem(msgspec.Struct, frozen=True):
    """An alert, letter or count as another platform told it last. `id` is made from sender, type and its id
    there; `revision`: when it came to be as it is; `data`: the sender's JSON, word for word."""

    id: str
    sender: str
    type: str
    item: str
    revision: datetime
    taken_at: datetime
    data: str


class TakenStream(msgspec.Struct, frozen=True):
    """A stream that was taken in whole; `id` is the SHA-256 of its content. `since` and `next`: the sender's
    cursors at its beginning and end; `since` is empty where the sender began anew."""

    id: str
    sender: str
    sender_name: str
    since: str
    next: str
    created: datetime
    taken_at: datetime
    counts: Mapping[str, int]
    stored: int
    duplicate: int
    refused: int
