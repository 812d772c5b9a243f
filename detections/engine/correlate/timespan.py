"""Time spans such as 90m in microseconds."""

import re

_SPAN = re.compile(r"([0-9]{1,9})([smhdwMy])", re.ASCII)
#: Specification, "Time Selection": s, m, h, d. pySigma adds w, M and y with these lengths.
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
#: A window is held in memory; nothing sensible is correlated over more than a year.
LONGEST = 31_556_952 * 1_000_000


def parse_timespan(text: object) -> int:
    """Microseconds of a span written as number and unit. Raises ValueError in one line."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(
            f"timespan {str(text)[:40]!r} is not a number with one of s, m, h, d, w, M, y (as 90m)"
        )
    microseconds = int(found[1]) * _SECONDS[found[2]] * 1_000_000
    if microseconds == 0:
        raise ValueError(f"timespan {text!r} must be longer than nothing")
    if microseconds > LONGEST:
        raise ValueError(f"timespan {text!r} is longer than a year")
    return microseconds
