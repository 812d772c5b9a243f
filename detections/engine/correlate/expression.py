"""Extended conditions of temporal correlations: `rule_a and (rule_b or not rule_c)` as alternatives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from detections.engine.correlate.definition import Alternative

#: A name may be a rule's id, so it may hold hyphens and dots.
_TOKEN = re.compile(r"\s*([()]|[\w.-]+)")
_WORDS = frozenset({"and", "or", "not", "(", ")"})
#: More than a person can read; an expression beyond is refused instead of costing time and memory.
MOST_TOKENS, MOST_DEPTH, MOST_ALTERNATIVES = 512, 32, 64

_Way = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class _Name:
    rule: str


@dataclass(frozen=True)
class _Not:
    node: "_Node"


@dataclass(frozen=True)
class _Joined:
    all: bool
    nodes: tuple["_Node", ...]


_Node = _Name | _Not | _Joined


def names(text: str) -> tuple[str, ...]:
    """The rules that an expression names, in order of appearance. Raises ValueError in one line."""
    return tuple(dict.fromkeys(token for token in _tokens(text) if token.lower() not in _WORDS))


def alternatives(text: str, rules: Sequence[str]) -> tuple[Alternative, ...]:
    """The ways to fulfil the expression, each with its rules in the order of `rules`.

    `not` binds before `and`, `and` before `or`, in either case (specification tests: `a AND b`).
    Raises ValueError in one line for bad syntax, size, and for a way that needs no rule to match.
    """
    node = _Parser(_tokens(text)).whole()
    ways = _ways(node, negated=False)
    if not ways:
        raise ValueError(f"condition {_short(text)} can never hold")
    if any(not present for present, _ in ways):
        raise ValueError(f"condition {_short(text)} holds without any match: name a rule that must match")
    return tuple(
        Alternative(_ordered(present, rules), _ordered(absent, rules))
        for present, absent in sorted_ways(ways)
    )


def sorted_ways(ways: Sequence[_Way]) -> list[_Way]:
    """One order for the same expression, whatever the sets' own order."""
    return sorted(ways, key=lambda way: (sorted(way[0]), sorted(way[1])))


def _ordered(chosen: frozenset[str], rules: Sequence[str]) -> tuple[str, ...]:
    return tuple(rule for rule in rules if rule in chosen)


def _tokens(text: str) -> list[str]:
    tokens, at, stripped = [], 0, text.rstrip()
    while at < len(stripped):
        found = _TOKEN.match(stripped, at)
        if found is None:
            raise ValueError(f"condition {_short(text)}: {stripped[at:].strip()[0]!r} is not understood")
        tokens.append(found[1])
        at = found.end()
        if len(tokens) > MOST_TOKENS:
            raise ValueError(f"condition has more than {MOST_TOKENS} words")
    if not tokens:
        raise ValueError("condition is empty")
    return tokens


class _Parser:
    """Recursive descent: joined := both (or both)*; both := unary (and unary)*; unary := not* operand."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> _Node:
        node = self._joined()
        if self._at < len(self._tokens):
            raise ValueError(f"condition: {self._tokens[self._at]!r} is not expected here")
        return node

    def _peek(self) -> str:
        return self._tokens[self._at].lower() if self._at < len(self._tokens) else ""

    def _joined(self) -> _Node:
        nodes = [self._both()]
        while self._peek() == "or":
            self._at += 1
            nodes.append(self._both())
        return nodes[0] if len(nodes) == 1 else _Joined(False, tuple(nodes))

    def _both(self) -> _Node:
        nodes = [self._unary()]
        while self._peek() == "and":
            self._at += 1
            nodes.append(self._unary())
        return nodes[0] if len(nodes) == 1 else _Joined(True, tuple(nodes))

    def _unary(self) -> _Node:
        negations = 0
        while self._peek() == "not":
            self._at += 1
            negations += 1
        node = self._operand()
        return _Not(node) if negations % 2 else node

    def _operand(self) -> _Node:
        word = self._peek()
        if word in ("", ")", "and", "or"):
            raise ValueError(f"condition: a rule is missing before {word or 'its end'!r}")
        self._at += 1
        if word != "(":
            return _Name(self._tokens[self._at - 1])
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ValueError(f"condition is nested deeper than {MOST_DEPTH}")
        node = self._joined()
        if self._peek() != ")":
            raise ValueError("condition: a ')' is missing")
        self._at, self._depth = self._at + 1, self._depth - 1
        return node


def _ways(node: _Node, negated: bool) -> list[_Way]:
    """Disjunctive normal form: (rules that matched, rules that did not) for each way."""
    if isinstance(node, _Name):
        own, none = frozenset({node.rule}), frozenset[str]()
        return [(none, own)] if negated else [(own, none)]
    if isinstance(node, _Not):
        return _ways(node.node, not negated)
    parts = [_ways(part, negated) for part in node.nodes]
    if node.all == negated:
        return _least([way for part in parts for way in part])
    ways = parts[0]
    for part in parts[1:]:
        ways = _least([(a | c, b | d) for a, b in ways for c, d in part])
    return ways


def _least(ways: list[_Way]) -> list[_Way]:
    """Without the contradictory ways and those that a less demanding one covers."""
    possible = sorted_ways(list({way for way in ways if not way[0] & way[1]}))
    least = [
        way
        for way in possible
        if not any(way is not other and other[0] <= way[0] and other[1] <= way[1] for other in possible)
    ]
    if len(least) > MOST_ALTERNATIVES:
        raise ValueError(f"condition has more than {MOST_ALTERNATIVES} alternatives; split the correlation")
    return least


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")
