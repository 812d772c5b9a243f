"""What several nodes that share one state tell each other (`docs/scale.md`)."""

import msgspec

from taishi.core.records import Hit


class Lease(msgspec.Struct, frozen=True):
    """Who alone may work on something now. `id` names it; `token` is larger than that of every holder before;
    `beat` rises while the holder lives.

    Of a slice of the stream: `start` is the cursor before it, `rows` how many events it has.
    """

    id: str
    holder: str
    token: int
    beat: int = 0
    start: str | None = None
    rows: int = 0


class FoundHit(msgspec.Struct, frozen=True):
    """A hit that a detection worker found and nobody has judged yet; `id` is the hit's."""

    id: str
    hit: Hit
