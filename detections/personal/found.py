"""One piece of personal data that was found: where, what kind, how sure and why; never the value whole."""

from dataclasses import dataclass, field
from hashlib import blake2b
from secrets import token_bytes
from typing import Literal

ItemType = Literal["id_card", "mobile", "bank_card", "uscc", "passport", "plate", "email", "officer_card"]

#: In the order in which a text that fits two kinds is taken for one.
ITEM_TYPES: tuple[ItemType, ...] = (
    "id_card", "uscc", "bank_card", "mobile", "officer_card", "passport", "plate", "email",
)  # fmt: skip
#: Below this a text is not taken for personal data.
SURE_ENOUGH = 0.5

#: Values are told apart by a digest that means nothing to another process, so that none need be kept.
_KEY = token_bytes(32)


@dataclass(frozen=True, slots=True)
class Found:
    """`start` and `end` are places in the text that was searched; `digest` is the same for the same value in
    one process; `reasons` say in Chinese what the confidence (0 to 1) rests on."""

    type: ItemType
    start: int
    end: int
    masked: str
    confidence: float
    reasons: tuple[str, ...]
    digest: bytes = field(repr=False)


def found(kind: ItemType, start: int, end: int, value: str, confidence: float, *reasons: str) -> Found:
    """A find of the bare value: without separators, letters as the standard writes them."""
    digest = blake2b(f"{kind}:{value}".encode(), digest_size=12, key=_KEY).digest()
    return Found(kind, start, end, masked(kind, value), round(confidence, 2), reasons, digest)


def masked(kind: ItemType, value: str) -> str:
    """What may be shown of a value (GB/T 35273-2020, 6.2: no longer enough to tell who it is)."""
    if kind == "email":
        name, at, domain = value.partition("@")
        return f"{name[:1]}***{at}{domain}"
    head, tail = {"mobile": (3, 4), "passport": (1, 2), "plate": (2, 2), "officer_card": (3, 2)}.get(
        kind, (4, 4)
    )
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]
