"""What the loop measures by; the administrator sets it."""

import msgspec

from taishi.core.problems import Problem


class Limits(msgspec.Struct, frozen=True):
    """`quiet_hours`: how long the rules must have been quiet before a matter is closed; `extension_days`: how
    many working days a deadline moves in all; `reopen_days`: how long after its closure a letter is opened
    again under its number when the same comes back, instead of a new one being drawn up.
    """

    quiet_hours: int = 7 * 24
    extension_days: int = 10
    reopen_days: int = 30


#: The bounds of each: least and most. A year and more is a slip of the pen.
BOUNDS: dict[str, tuple[int, int]] = {
    "quiet_hours": (1, 90 * 24),
    "extension_days": (0, 250),
    "reopen_days": (0, 365),
}


def checked(limits: Limits) -> Limits:
    """Raises Problem, naming the one that is out of bounds."""
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(limits, name) <= most:
            raise Problem(f"{name}: {getattr(limits, name)} must be {least} to {most}")
    return limits
