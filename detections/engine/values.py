"""Values of events as rules see them: single values, as texts and as numbers."""

import re
from collections.abc import Iterator
from typing import Final, cast

from taishi.core.event import Json, Value

#: Stands for a field that an event does not have; None and [] are fields that are there and hold nothing.
ABSENT: Final[Json] = cast(Json, ())
_HEXADECIMAL = re.compile("0[xX][0-9a-fA-F]+")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


def leaves(value: Value | Json) -> Iterator[Value | Json]:
    """The single values of a value: elements of lists, members of objects, at any depth."""
    if value is ABSENT:
        return
    if not isinstance(value, (list, dict)):
        if value is not None:
            yield value
        return
    left: list[Value | Json] = [value]
    while left:
        found = left.pop()
        if isinstance(found, dict):
            left.extend(found.values())
        elif isinstance(found, list):
            left.extend(found)
        elif found is not None:
            yield found


def as_text(value: Value | Json) -> str:
    """A value as rules see it: booleans are `true` and `false`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_number(value: Value | Json) -> int | float | None:
    """A number, or a text that is one: decimal, or hexadecimal after 0x. Whole numbers are exact."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or value[:1] not in "+-0123456789":
        return None
    if _HEXADECIMAL.fullmatch(value):
        return int(value, 16)
    found = _DECIMAL.fullmatch(value)
    if found is None:
        return None
    whole = found[1] is None and found[2] is None and len(value) < _LONG
    return int(value) if whole else float(value)


#: Digits from which numbers are no longer exact: Python refuses to read more than 4300 in one go.
_LONG = 4_000
