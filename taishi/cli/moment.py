"""Moments and spans as people write them on a command line."""

import re
from datetime import datetime, timedelta

from taishi.core.clock import ZONE
from taishi.core.problems import Problem

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str | None, option: str, *, end: bool = False) -> datetime | None:
    """A date or RFC 3339 time, in the zone of the product where it names none; None where none is given.

    `end`: a date means the end of that day. Raises Problem where it is neither.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(f"{option} {text}: give a date such as 2026-11-22 or an RFC 3339 time") from None
    if len(text) == 10 and end:
        found += timedelta(days=1)
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def span(text: str | None, option: str) -> timedelta | None:
    """A number with s, m, h or d. Raises Problem where it is something else."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise Problem(f"{option} {text}: give a number with s, m, h or d, such as 30m")
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})
