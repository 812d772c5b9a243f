"""The text that must stand in whatever a regular expression matches."""

import re
from re import _constants as constants
from re import _parser as parser
from typing import Any

#: Shorter ones stand nearly everywhere.
_LEAST = 3


def needed(expression: str) -> str:
    """The longest such text, in small letters; empty where there is none to be sure of."""
    try:
        parsed = parser.parse(expression)
    except (re.error, RecursionError, OverflowError):
        return ""
    longest = max(_runs(parsed), key=len, default="")
    return longest if len(longest) >= _LEAST else ""


def _runs(parsed: Any) -> list[str]:
    """Texts that stand in every match."""
    found, run = list[str](), ""
    for op, argument in parsed:
        if op is constants.LITERAL and chr(argument).isascii():
            run += chr(argument).lower()
            continue
        found.append(run)
        run = ""
        if op is constants.SUBPATTERN:
            found += _runs(argument[3])
        elif op in (constants.MAX_REPEAT, constants.MIN_REPEAT) and argument[0] >= 1:
            found += _runs(argument[2])
    return [*found, run]
