"""A selection as pySigma reads it becomes a condition of ours: plain data that can be kept and planned."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sigma.conditions import ConditionAND
from sigma.modifiers import SigmaContainsModifier, SigmaEndswithModifier, SigmaStartswithModifier
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
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
    TimestampPart,
)

from detections.engine.modifiers import Cased, Windash, is_encoded
from detections.engine.regexes import check_regex
from detections.engine.rule import All, Atom, Comparison, Condition, Not, Some, Unsupported
from detections.engine.texts import AS_IS, DASHED, Form, in_form

_COMPARE: dict[CompareOperators, Comparison] = {
    CompareOperators.LT: "lt",
    CompareOperators.LTE: "lte",
    CompareOperators.GT: "gt",
    CompareOperators.GTE: "gte",
    CompareOperators.NEQ: "neq",
}
_SPECIAL = re.compile(r"[*?\\]")
#: Without one of these a keyword is looked for anywhere in a value.
_PLACED = {SigmaContainsModifier, SigmaStartswithModifier, SigmaEndswithModifier}
#: From here whole numbers stand in plans as text (MessagePack keeps 64 bits).
_WIDE = 2**63
_PARTS: dict[TimestampPart, Comparison] = {
    TimestampPart.MINUTE: "minute",
    TimestampPart.HOUR: "hour",
    TimestampPart.DAY: "day",
    TimestampPart.WEEK: "week",
    TimestampPart.MONTH: "month",
    TimestampPart.YEAR: "year",
}
_WILDCARDS = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}


def selection(given: SigmaDetection | SigmaDetectionItem) -> Condition:
    """The condition with the rule's own field names. Raises Unsupported."""
    if isinstance(given, SigmaDetectionItem):
        return _item(given)
    parts = tuple(selection(item) for item in given.detection_items)
    return _linked(parts, given.item_linking is ConditionAND)


@dataclass(frozen=True)
class _Asked:
    """What an item says of all its values: the field (none: anywhere), how texts are compared and where."""

    fields: tuple[str, ...]
    form: Form
    anywhere: bool


def _item(given: SigmaDetectionItem) -> Condition:
    used = set(given.modifiers)
    dash = Windash in used and not is_encoded(given.modifiers)
    asked = _Asked(
        () if given.field is None else (given.field,),
        AS_IS * (Cased in used) + DASHED * dash,
        given.field is None and used.isdisjoint(_PLACED),
    )
    parts = tuple(_part_of(asked, value) for value in given.value)
    found = _linked(parts, given.value_linking is ConditionAND)
    return Not(found) if given.negated else found


def _linked(parts: tuple[Condition, ...], every: bool) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return All(parts) if every else Some(parts)


def _part_of(asked: _Asked, value: SigmaType) -> Condition:
    if isinstance(value, SigmaExpansion):
        return Some(tuple(_part_of(asked, item) for item in value.values))
    if isinstance(value, SigmaExists):
        found = Atom(asked.fields, "exists")
        return found if value.exists else Not(found)
    if isinstance(value, SigmaString):
        if asked.anywhere:
            value = SpecialChars.WILDCARD_MULTI + value + SpecialChars.WILDCARD_MULTI
        return string_atom(asked.fields, value, asked.form)
    if isinstance(value, SigmaFieldReference):
        return _reference(asked, value)
    make = _MAKERS.get(type(value))
    if make is None:
        raise Unsupported(f"value of type {type(value).__name__} cannot be matched")
    return make(asked.fields, value)


def string_atom(fields: tuple[str, ...], value: SigmaString, form: Form) -> Atom:
    """Equality, the three common wildcard shapes, or a pattern."""
    cased, flags = bool(form & AS_IS), "dash" if form & DASHED else ""
    if any(isinstance(part, Placeholder) for part in value.s):
        return Atom(fields, "never", _as_written(value), cased, flags)
    parts = _alternating(value)
    texts = [in_form(text, form) for text in parts[::2]]
    shape = "".join(parts[1::2])
    if not shape:
        return Atom(fields, "equals", texts[0], cased, flags)
    if shape == "*" and texts == ["", ""]:
        return Atom(fields, "any")
    if shape == "*" and not texts[0]:
        return Atom(fields, "endswith", texts[1], cased, flags)
    if shape == "*" and not texts[1]:
        return Atom(fields, "startswith", texts[0], cased, flags)
    if shape == "**" and not texts[0] and not texts[2]:
        return Atom(fields, "contains", texts[1], cased, flags)
    parts[::2] = texts
    return Atom(fields, "like", tuple(parts), cased, flags)


def _as_written(value: SigmaString) -> str:
    """The text as a rule would write it, with `%placeholders%`."""
    written = ""
    for part in value.s:
        if isinstance(part, str):
            written += _SPECIAL.sub(r"\\\g<0>", part)
        else:
            written += f"%{part.name}%" if isinstance(part, Placeholder) else _WILDCARDS[part]
    return written


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
    pattern = value.regexp.to_plain_regex()
    if any(isinstance(part, Placeholder) for part in value.regexp.s):
        return Atom(fields, "never", pattern, cased=True, flags=f"re{letters}")
    return regex_atom(fields, pattern, letters)


def regex_atom(fields: tuple[str, ...], pattern: str, letters: str) -> Atom:
    """Raises Unsupported for an expression that cannot be searched for in bounded time."""
    check_regex(pattern, letters)
    return Atom(fields, "regex", pattern, cased=True, flags=letters)


def _number(fields: tuple[str, ...], value: SigmaType) -> Atom:
    return Atom(fields, "number", _plain(value))


def _part(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaTimestampPart)  # noqa: S101
    return Atom(fields, _PARTS[value.timestamp_part], _plain(value))


def _compared(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaCompareExpression)  # noqa: S101
    how, wanted = _COMPARE[value.op], _plain(value.number)
    if isinstance(value.number, SigmaTimestampPart):
        return Atom(fields, _PARTS[value.number.timestamp_part], wanted, flags=how)
    return Atom(fields, how, wanted)


def _plain(value: SigmaType) -> int | float | str:
    """The number; a whole one beyond 64 bits as text, for plans cannot keep it otherwise."""
    assert isinstance(value, SigmaNumber)  # noqa: S101
    number = value.number
    return number if isinstance(number, float) or abs(number) < _WIDE else str(number)


def _boolean(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaBool)  # noqa: S101
    return Atom(fields, "equals", "true" if value.boolean else "false")


def _cidr(fields: tuple[str, ...], value: SigmaType) -> Atom:
    assert isinstance(value, SigmaCIDRExpression)  # noqa: S101
    return Atom(fields, "cidr", str(value.network))


def _null(fields: tuple[str, ...], _: SigmaType) -> Atom:
    return Atom(fields, "null")


def _reference(asked: _Asked, value: SigmaFieldReference) -> Atom:
    if asked.form & DASHED:
        raise Unsupported(f"windash cannot be used with fieldref {value.field!r}")
    how = {
        (True, True): "contains",
        (True, False): "startswith",
        (False, True): "endswith",
        (False, False): "equals",
    }
    return Atom(asked.fields, "same", value.field, bool(asked.form), how[value.starts_with, value.ends_with])


_MAKERS: dict[type[SigmaType], Callable[[tuple[str, ...], SigmaType], Atom]] = {
    SigmaRegularExpression: _regex,
    SigmaTimestampPart: _part,
    SigmaNumber: _number,
    SigmaBool: _boolean,
    SigmaNull: _null,
    SigmaCIDRExpression: _cidr,
    SigmaCompareExpression: _compared,
}
