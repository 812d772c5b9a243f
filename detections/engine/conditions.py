"""A selection as pySigma reads it becomes a condition of ours: plain data that can be kept and planned."""

from collections.abc import Callable

from sigma.conditions import ConditionAND
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from detections.engine.regexes import check_regex
from detections.engine.rule import All, Atom, Comparison, Condition, Not, Some, Unsupported

_COMPARE: dict[CompareOperators, Comparison] = {
    CompareOperators.LT: "lt",
    CompareOperators.LTE: "lte",
    CompareOperators.GT: "gt",
    CompareOperators.GTE: "gte",
    CompareOperators.NEQ: "neq",
}
_WILDCARDS = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}


def selection(given: SigmaDetection | SigmaDetectionItem) -> Condition:
    """The condition with the rule's own field names. Raises Unsupported."""
    if isinstance(given, SigmaDetectionItem):
        return _item(given)
    parts = tuple(selection(item) for item in given.detection_items)
    return _linked(parts, given.item_linking is ConditionAND)


def _item(given: SigmaDetectionItem) -> Condition:
    values = given.value or [SigmaNull()]
    if given.field is None:
        parts = tuple(_keyword(value) for value in values)
    else:
        parts = tuple(_field(given.field, value) for value in values)
    found = _linked(parts, given.value_linking is ConditionAND)
    return Not(found) if given.negated else found


def _linked(parts: tuple[Condition, ...], every: bool) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return All(parts) if every else Some(parts)


def _field(name: str, value: SigmaType) -> Condition:
    if isinstance(value, SigmaExpansion):
        return Some(tuple(_field(name, item) for item in value.values))
    if isinstance(value, SigmaExists):
        found = Atom((name,), "exists")
        return found if value.exists else Not(found)
    if isinstance(value, SigmaString):
        return string_atom((name,), value)
    return _typed((name,), value)


def _keyword(value: SigmaType) -> Condition:
    """A value without a field: it must occur somewhere in the event."""
    if isinstance(value, SigmaExpansion):
        return Some(tuple(_keyword(item) for item in value.values))
    if isinstance(value, SigmaString):
        return string_atom((), SigmaString("*") + value + SigmaString("*"))
    return _typed((), value)


def _typed(fields: tuple[str, ...], value: SigmaType) -> Atom:
    make = _MAKERS.get(type(value))
    if make is None:
        raise Unsupported(f"value of type {type(value).__name__} cannot be matched")
    return make(fields, value)


def string_atom(fields: tuple[str, ...], value: SigmaString, cased: bool = False) -> Atom:
    """Equality, the three common wildcard shapes, or a pattern."""
    if any(isinstance(part, Placeholder) for part in value.s):
        return Atom(fields, "never", str(value), isinstance(value, SigmaCasedString))
    cased = cased or isinstance(value, SigmaCasedString)
    parts = _alternating(value)
    texts = [text if cased else text.lower() for text in parts[::2]]
    shape = "".join(parts[1::2])
    if not shape:
        return Atom(fields, "equals", texts[0], cased)
    if shape == "*" and texts == ["", ""]:
        return Atom(fields, "exists")
    if shape == "*" and not texts[0]:
        return Atom(fields, "endswith", texts[1], cased)
    if shape == "*" and not texts[1]:
        return Atom(fields, "startswith", texts[0], cased)
    if shape == "**" and not texts[0] and not texts[2]:
        return Atom(fields, "contains", texts[1], cased)
    parts[::2] = texts
    return Atom(fields, "like", tuple(parts), cased)


def _alternating(value: SigmaString) -> list[str]:
    """Literal, wildcard, literal … with runs of `*` made one; literals may be empty."""
    parts = [""]
    for part in value.s:
        if isinstance(part, str):
            parts[-1] += part
        elif part is not SpecialChars.WILDCARD_MULTI or len(parts) == 1 or parts[-2:] != ["*", ""]:
            parts += [_WILDCARDS[part], ""]  # type: ignore[index]  # Placeholder was told apart before
    return parts


def _regex(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaRegularExpression)  # noqa: S101
    letters = "".join(sorted(SigmaRegularExpression.sigma_to_re_flag[flag] for flag in value.flags))
    if any(isinstance(part, Placeholder) for part in value.regexp.s):
        return Atom(fields, "never", str(value.regexp))
    pattern = str(value.regexp)
    check_regex(pattern, letters)
    return Atom(fields, "regex", pattern, cased=True, flags=letters)


def _number(fields: tuple[str, ...], value: SigmaType) -> Atom:
    return Atom(fields, "number", _plain(value))


def _part(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaTimestampPart)  # noqa: S101
    return Atom(fields, value.timestamp_part.name.lower(), _plain(value))


def _compared(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaCompareExpression)  # noqa: S101
    return Atom(fields, _COMPARE[value.op], _plain(value.number))


def _plain(value: SigmaType) -> int | float:
    assert isinstance(value, SigmaNumber)  # noqa: S101
    return value.number


def _boolean(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaBool)  # noqa: S101
    return Atom(fields, "equals", "true" if value.boolean else "false")


def _cidr(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaCIDRExpression)  # noqa: S101
    return Atom(fields, "cidr", str(value.network))


def _null(fields: tuple[str, ...], _: SigmaType) -> Atom:
    return Atom(fields, "null")


def _reference(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaFieldReference)  # noqa: S101
    how = {
        (True, True): "contains",
        (True, False): "startswith",
        (False, True): "endswith",
        (False, False): "equals",
    }
    return Atom(fields, "same", value.field, flags=how[value.starts_with, value.ends_with])


_MAKERS: dict[type[SigmaType], Callable[[tuple[str, ...], SigmaType], Atom]] = {
    SigmaRegularExpression: _regex,
    SigmaTimestampPart: _part,
    SigmaNumber: _number,
    SigmaBool: _boolean,
    SigmaNull: _null,
    SigmaCIDRExpression: _cidr,
    SigmaCompareExpression: _compared,
    SigmaFieldReference: _reference,
}
