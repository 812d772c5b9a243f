"""Time is handed in, never looked up, so that tests and rehearsals can own it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

#: The zone people read and deadlines run in.
ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, zone-aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until told: for tests, rehearsals and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


def rfc3339(moment: datetime) -> str:
    """A zone-aware moment as RFC 3339 text in UTC with microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
