"""Parsed Sigma conditions become predicates, and tell which channels and event codes they demand."""

from collections.abc import Iterable, Mapping

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import SigmaExpansion, SigmaNumber, SigmaString, SigmaType

from detections.engine.matching import Unsupported, field_test, keyword_test
from detections.engine.rule import Predicate


def predicate(node: object, fields: Mapping[str, str]) -> Predicate:
    """The condition as a test on an event; `fields` maps the rule's field names to the event's.

    Raises Unsupported where the condition holds something that cannot be matched.
    """
    if isinstance(node, ConditionAND):
        return _all([predicate(child, fields) for child in node.args])
    if isinstance(node, ConditionOR):
        return _any([predicate(child, fields) for child in node.args])
    if isinstance(node, ConditionNOT):
        inner = predicate(node.args[0], fields)
        return lambda view: not inner(view)
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return field_test(fields.get(node.field, node.field), node.value)
    if isinstance(node, ConditionValueExpression):
        return keyword_test(node.value)
    raise Unsupported(f"condition part {type(node).__name__} cannot be matched")


def _all(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        first, second = parts
        return lambda view: first(view) and second(view)
    return lambda view: all(part(view) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    return lambda view: any(part(view) for part in parts)


def demanded(node: object, field: str) -> frozenset[str] | None:
    """The values (lower case) of which `field` must have one for the condition to hold; None: any."""
    if isinstance(node, ConditionAND):
        return _first(demanded(child, field) for child in node.args)
    if isinstance(node, ConditionOR):
        found = [demanded(child, field) for child in node.args]
        return frozenset().union(*(one for one in found if one)) if all(found) else None
    if isinstance(node, ConditionFieldEqualsValueExpression) and node.field == field:
        return _plain(node.value)
    return None


def _first(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    return next((one for one in found if one), None)


def _plain(value: SigmaType) -> frozenset[str] | None:
    if isinstance(value, SigmaNumber):
        return frozenset({str(value.number)})
    if isinstance(value, SigmaString) and not value.contains_special():
        return frozenset({str(value).lower().replace("\\\\", "\\")})
    if isinstance(value, SigmaExpansion):
        plain = [_plain(item) for item in value.values]
        return frozenset().union(*(one for one in plain if one)) if all(plain) else None
    return None
