"""What passes between us and a unit beside the letter itself: links to it, what a clerk has filled in so
far, and how the letter was carried. All times zone-aware UTC.
"""

from datetime import datetime
from typing import Literal

import msgspec

from taishi.core.notice_records import Paper


class PortalLink(msgspec.Struct, frozen=True):
    """A way to one letter, for one use. `id` is the SHA-256 of its code, never the code.

    `purpose` is whom or what it was made for: a contact, or the clerk's own telephone.
    """

    id: str
    notice_id: str
    made_at: datetime
    made_by: str
    expires_at: datetime
    purpose: str
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class PortalSession(msgspec.Struct, frozen=True):
    """One browser at one letter: `id` is the SHA-256 of the token in its cookie; `csrf` guards its forms."""

    id: str
    notice_id: str
    link: str
    csrf: str
    made_at: datetime
    expires_at: datetime


class AnswerDraft(msgspec.Struct, frozen=True):
    """What a unit has filled in and laid ready, not yet sent; `id` is the letter's.

    `fields` by the keys of `notices.answers.form`; `papers` have their bytes kept already.
    """

    id: str
    fields: dict[str, str]
    saved_at: datetime
    papers: tuple[Paper, ...] = ()


class Receipt(msgspec.Struct, frozen=True):
    """回执: what a unit handed in, and when; `id` is the number it was told. `complete`: it was not
    returned."""

    id: str
    notice_id: str
    at: datetime
    by: str
    complete: bool
    papers: tuple[Paper, ...]


#: `handing`: the letter was being given to the mail server when we last heard; nobody knows whether it went.
DeliveryState = Literal["queued", "handing", "sent", "refused", "bounced", "failed", "handed", "stopped"]


class Delivery(msgspec.Struct, frozen=True):
    """One carrying of a letter to one contact: by mail, or by hand (`handed`, to `to` at `sent_at`).

    `message_id` stays over every attempt; `next_at` is when it is tried (again).
    """

    id: str
    notice_id: str
    channel: Literal["email", "hand"]
    to: str
    address: str
    by: str
    queued_at: datetime
    state: DeliveryState
    message_id: str = ""
    attempts: int = 0
    next_at: datetime | None = None
    sent_at: datetime | None = None
    problem: str = ""
