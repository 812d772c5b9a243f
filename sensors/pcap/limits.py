"""When a flow is over, and how much memory all of them may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Times in seconds of capture time; the last two keep memory bounded."""

    idle_tcp: int = 300
    idle_other: int = 60
    #: After both FINs or a RST late packets still belong to the flow for so long.
    linger: int = 5
    #: Cuts a flow that lives longer into parts; None: a file's flows stay whole.
    active: int | None = None
    flows: int = 500_000
    held_bytes: int = 48 << 20
