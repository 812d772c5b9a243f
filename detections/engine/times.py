"""Moments and their parts, for Sigma's minute, hour, day, week, month and year modifiers."""

from datetime import UTC, datetime

from taishi.core.event import Json, Value

PARTS = ("minute", "hour", "day", "week", "month", "year")


def moment(value: Value | Json) -> datetime | None:
    """A moment from a datetime, ISO text or epoch seconds; None where the value is none of them."""
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def time_part(when: datetime, part: str) -> int:
    """The minute, hour, day, ISO week, month or year of a moment, in the zone it is given in."""
    if part == "week":
        return when.isocalendar().week
    return int(getattr(when, part))
