"""Conditions that compare a figure of the window with numbers: `gte: 10`, `field: User`, `percentile: 95`."""

import math
from collections.abc import Mapping
from typing import cast

from detections.engine.correlate.definition import (
    COUNTS,
    OPERATORS,
    TEMPORAL,
    Bound,
    Condition,
    Operator,
    Type,
)
from detections.engine.correlate.reading import mapping, texts

_KEYS = OPERATORS | {"field", "percentile"}
#: What MessagePack and every store can hold.
_LARGEST = 2**63 - 1
_FLIP = {"gt": 1, "lt": -1, "gte": 0, "lte": 0}


def parse_bounds(given: object, kind: Type, rules: int) -> Condition:
    """The condition of a correlation over so many rules. Raises ValueError in one line.

    Several comparisons must all hold (specification, "Condition": a range as `gt: 100`, `lte: 200`).
    Without any, a temporal correlation wants all of its rules.
    """
    if given is None and kind in TEMPORAL:
        return Condition(bounds=(Bound("gte", rules),))
    section = mapping(given, "condition")
    unknown = section.keys() - _KEYS
    if unknown:
        raise ValueError(
            f"condition: {sorted(unknown)[0]!r} is not known; known are {', '.join(sorted(_KEYS))}"
        )
    bounds = tuple(_bound(operator, section, kind) for operator in sorted(section.keys() & OPERATORS))
    if not bounds:
        raise ValueError("condition needs a comparison: one of " + ", ".join(sorted(OPERATORS)))
    if kind in COUNTS:
        _check_reachable(bounds, rules if kind in TEMPORAL else None)
    return Condition(bounds, _fields(section, kind), _percentile(section, kind))


def _bound(operator: str, section: Mapping[str, object], kind: Type) -> Bound:
    number = _number(section[operator], f"condition {operator!r}")
    if kind in COUNTS and (number < 0 or number != int(number)):
        raise ValueError(f"condition {operator!r}: {kind} needs a whole number that is not negative")
    return Bound(cast(Operator, operator), int(number) if number == int(number) else number)


def _number(value: object, what: str) -> int | float:
    """A number, or text that is one (pySigma takes it)."""
    number = _from_text(value, what) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(f"{what} must be a number")
    if abs(number) > _LARGEST or not math.isfinite(number):
        raise ValueError(f"{what} is too large")
    return number


def _from_text(text: str, what: str) -> int | float:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise ValueError(f"{what}: {text[:40]!r} is not a number") from None


def _check_reachable(bounds: tuple[Bound, ...], most: int | None) -> None:
    """A window is looked at because something matched, so its count is at least 1."""
    low, high = 1, math.inf if most is None else most
    for bound in bounds:
        edge = bound.number + _FLIP.get(bound.operator, 0)
        if bound.operator in ("gt", "gte", "eq"):
            low = max(low, int(edge))
        if bound.operator in ("lt", "lte", "eq"):
            high = min(high, edge)
    excluded = {bound.number for bound in bounds if bound.operator == "neq"}
    if low > high or (low == high and low in excluded):
        rules = "" if most is None else f" and at most {most}, the number of its rules"
        raise ValueError(f"condition can never hold: a window that is looked at counts at least 1{rules}")


def _fields(section: Mapping[str, object], kind: Type) -> tuple[str, ...]:
    fields = tuple(dict.fromkeys(texts(section, "field")))
    if kind.startswith("value_") and not fields:
        raise ValueError(f"condition: {kind} needs a 'field'")
    if not kind.startswith("value_") and fields:
        raise ValueError(f"condition: {kind} has no 'field'")
    if len(fields) > 1 and kind != "value_count":
        raise ValueError(f"condition: {kind} takes one 'field', not {len(fields)}")
    return fields


def _percentile(section: Mapping[str, object], kind: Type) -> int | float | None:
    given = section.get("percentile")
    if kind != "value_percentile":
        if given is not None:
            raise ValueError(f"condition: {kind} has no 'percentile'")
        return None
    if given is None:
        raise ValueError("condition: value_percentile needs a 'percentile' from 0 to 100")
    number = _number(given, "condition 'percentile'")
    if not 0 <= number <= 100:
        raise ValueError(f"condition: percentile {number} is not from 0 to 100")
    return number
