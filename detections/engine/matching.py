"""Sigma values become tests on an event (Sigma specification 2.1, "Value Modifiers")."""

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address

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
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
    TimestampPart,
)

from detections.engine.rule import Predicate
from detections.engine.times import moment, time_part
from detections.engine.view import Pair, View

Test = Callable[[Pair], bool]

_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: re.IGNORECASE,
    SigmaRegularExpressionFlag.MULTILINE: re.MULTILINE,
    SigmaRegularExpressionFlag.DOTALL: re.DOTALL,
}


class Unsupported(ValueError):
    """The rule asks for something this engine does not do; the message says what."""


def field_test(name: str, value: SigmaType) -> Predicate:
    """The test of one field against one Sigma value. Raises Unsupported."""
    if isinstance(value, SigmaNull):
        return lambda view: not view.pairs(name)
    if isinstance(value, SigmaExists):
        wanted = bool(value)
        return lambda view: view.has(name) is wanted
    if isinstance(value, SigmaFieldReference):
        return _reference_test(name, value)
    if isinstance(value, SigmaExpansion):
        tests = [field_test(name, item) for item in value.values]
        return lambda view: any(test(view) for test in tests)
    test = value_test(value)
    return lambda view: any(test(pair) for pair in view.pairs(name))


def keyword_test(value: SigmaType) -> Predicate:
    """A value without a field: it must occur somewhere in the event. Raises Unsupported."""
    if isinstance(value, SigmaExpansion):
        tests = [keyword_test(item) for item in value.values]
        return lambda view: any(test(view) for test in tests)
    if isinstance(value, SigmaString):
        anywhere = SigmaString("*") + value + SigmaString("*")
        test = value_test(anywhere)
    else:
        test = value_test(value)
    return lambda view: any(test(pair) for pair in view.everything())


def value_test(value: SigmaType) -> Test:
    """The test of one value of an event. Raises Unsupported."""
    if isinstance(value, SigmaString):
        return _string_test(value)
    if isinstance(value, SigmaTimestampPart):
        return _part_test(value.timestamp_part, float(value.number))
    if isinstance(value, SigmaNumber):
        return _number_test(float(value.number))
    if isinstance(value, SigmaBool):
        wanted = "true" if value.boolean else "false"
        return lambda pair: pair[1] == wanted
    if isinstance(value, SigmaRegularExpression):
        return _regex_test(value)
    if isinstance(value, SigmaCIDRExpression):
        return _cidr_test(value)
    if isinstance(value, SigmaCompareExpression):
        return _compare_test(value)
    raise Unsupported(f"value of type {type(value).__name__} cannot be matched")


def _string_test(value: SigmaString) -> Test:
    if any(isinstance(part, Placeholder) for part in value.s):
        raise Unsupported("placeholder without a list of values; give the pack's placeholder pipeline")
    cased = isinstance(value, SigmaCasedString)
    parts = [part if cased or not isinstance(part, str) else part.lower() for part in value.s]
    texts = [part for part in parts if isinstance(part, str)]
    shape = "".join(
        "t" if isinstance(part, str) else "*" if part is SpecialChars.WILDCARD_MULTI else "?"
        for part in parts
    )
    index = 0 if cased else 1
    simple = _simple_test(shape, texts[0] if texts else "", index)
    return simple or _pattern_test(parts, index)


def _simple_test(shape: str, text: str, index: int) -> Test | None:
    """Equality and the three common wildcard shapes, None for anything else."""
    if shape in ("t", ""):
        return lambda pair: _text(pair, index) == text
    if shape == "*":
        return lambda pair: pair is not None
    if shape == "*t*":
        return lambda pair: text in _text(pair, index)
    if shape == "t*":
        return lambda pair: _text(pair, index).startswith(text)
    if shape == "*t":
        return lambda pair: _text(pair, index).endswith(text)
    return None


def _text(pair: Pair, index: int) -> str:
    return pair[1] if index else str(pair[0])


def _pattern_test(parts: Sequence[object], index: int) -> Test:
    pattern = "".join(
        re.escape(part) if isinstance(part, str) else ".*" if part is SpecialChars.WILDCARD_MULTI else "."
        for part in parts
    )
    compiled = re.compile(pattern, re.DOTALL)
    return lambda pair: compiled.fullmatch(_text(pair, index)) is not None


def _number(pair: Pair) -> float | None:
    value = pair[0]
    try:
        if isinstance(value, str):
            return float(int(value, 16)) if value[:2].lower() == "0x" else float(value)
        return float(value) if isinstance(value, (int, float)) else None
    except (ValueError, OverflowError):
        return None


def _number_test(wanted: float) -> Test:
    return lambda pair: _number(pair) == wanted


def _regex_test(value: SigmaRegularExpression) -> Test:
    flags = 0
    for flag in value.flags:
        flags |= _FLAGS[flag]
    try:
        compiled = re.compile(str(value.regexp), flags)
    except re.error as error:
        raise Unsupported(f"regular expression {value.regexp!s} is not valid: {error}") from None
    return lambda pair: compiled.search(str(pair[0])) is not None


def _cidr_test(value: SigmaCIDRExpression) -> Test:
    network = value.network

    def inside(pair: Pair) -> bool:
        try:
            address = ip_address(str(pair[0]))
        except ValueError:
            return False
        return address.version == network.version and address in network

    return inside


_COMPARE: dict[CompareOperators, Callable[[float, float], bool]] = {
    CompareOperators.LT: lambda a, b: a < b,
    CompareOperators.LTE: lambda a, b: a <= b,
    CompareOperators.GT: lambda a, b: a > b,
    CompareOperators.GTE: lambda a, b: a >= b,
    CompareOperators.NEQ: lambda a, b: a != b,
}


def _compare_test(value: SigmaCompareExpression) -> Test:
    compare, number = _COMPARE[value.op], float(value.number.number)

    def holds(pair: Pair) -> bool:
        given = _number(pair)
        return given is not None and compare(given, number)

    return holds


def _part_test(part: TimestampPart, wanted: float) -> Test:
    def holds(pair: Pair) -> bool:
        when = moment(pair[0])
        return when is not None and time_part(when, part) == wanted

    return holds


def _reference_test(name: str, value: SigmaFieldReference) -> Predicate:
    starts, ends = value.starts_with, value.ends_with

    def same(left: str, right: str) -> bool:
        if starts and ends:
            return right in left
        if starts:
            return left.startswith(right)
        return left.endswith(right) if ends else left == right

    def holds(view: View) -> bool:
        others = view.pairs(value.field)
        return any(same(mine[1], other[1]) for mine in view.pairs(name) for other in others)

    return holds
