"""How often within a while: moments that forget."""

from datetime import datetime, timedelta

import msgspec

from detections.hits import Evidences
from taishi.core.event import Event


class Burst(msgspec.Struct, forbid_unknown_fields=True):
    """The most moments of one group within a span of time."""

    moments: list[datetime] = msgspec.field(default_factory=list)
    most: int = 0
    evidence: Evidences = msgspec.field(default_factory=Evidences)

    def add(self, event: Event, span: timedelta, *, side: str, keep: int) -> None:
        """`keep`: how many moments are remembered, the bar that is asked for at least."""
        self.evidence.add(event, side=side)
        self.moments = [one for one in self.moments if abs(event.time - one) <= span][-keep:]
        self.moments.append(event.time)
        self.most = max(self.most, len(self.moments))
