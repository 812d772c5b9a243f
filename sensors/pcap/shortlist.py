"""Which signatures are worth a try, by the first byte that each side said."""

# The parser of `re` knows with which bytes a pattern may begin; there is no public way to ask.
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from re import DOTALL, Pattern
from typing import cast

from sensors.pcap.protocols import TABLE, Signature, name_of

_ALL = frozenset(range(256))


class Shortlist:
    """Names protocols; the same answers as `protocols.recognise`."""

    def __init__(self, table: tuple[Signature, ...] = TABLE) -> None:
        self._table = table
        self._firsts = {
            pattern: _beginnings(pattern)
            for one in table
            for pattern in (one.client, one.server)
            if pattern is not None
        }
        self._lists: dict[tuple[int, bytes, bytes], tuple[Signature, ...]] = {}

    def name(self, transport: int, ports: tuple[int, int], client: bytes, server: bytes) -> str | None:
        """`ports` of source and destination, and what each of them said first."""
        key = transport, client[:1], server[:1]
        found = self._lists.get(key)
        if found is None:
            found = self._lists[key] = tuple(one for one in self._table if self._may_fit(one, *key))
        return name_of(found, transport, ports, client, server) if found else None

    def _may_fit(self, one: Signature, transport: int, client: bytes, server: bytes) -> bool:
        return one.transport == transport and all(
            pattern is None
            or (begins[0] in self._firsts[pattern] if begins else pattern.match(b"") is not None)
            for pattern, begins in ((one.client, client), (one.server, server))
        )


def _beginnings(pattern: Pattern[bytes]) -> frozenset[int]:
    """The bytes that a match of something not empty may begin with, or more of them."""
    found = _firsts(list(parser.parse(pattern.pattern, DOTALL)))
    return _ALL if found is None else found


def _firsts(nodes: list[tuple[object, object]]) -> frozenset[int] | None:
    """None where the nodes may match nothing at all, or anything."""
    found: frozenset[int] = frozenset()
    for kind, value in nodes:
        one, empty = _first(kind, value)
        if one is None:
            return None
        found |= one
        if not empty:
            return found
    return None


def _first(kind: object, value: object) -> tuple[frozenset[int] | None, bool]:
    """With what one node may begin (None: anything), and whether it may match nothing."""
    if kind is codes.LITERAL:
        return frozenset({cast(int, value)}), False
    if kind is codes.IN:
        return _of_set(cast(list[tuple[object, object]], value)), False
    if kind is codes.SUBPATTERN:
        return _firsts(list(cast(tuple[object, ...], value)[3])), False  # type: ignore[call-overload]
    if kind is codes.BRANCH:
        parts = [
            _firsts(list(part)) for part in cast(tuple[object, list[list[tuple[object, object]]]], value)[1]
        ]
        if any(part is None for part in parts):
            return None, False
        return frozenset().union(*(part for part in parts if part is not None)), False
    if kind in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        least, _, inner = cast(tuple[int, int, list[tuple[object, object]]], value)
        return _firsts(list(inner)), least == 0
    return None, False


def _of_set(items: list[tuple[object, object]]) -> frozenset[int] | None:
    found: set[int] = set()
    for kind, value in items:
        if kind is codes.LITERAL:
            found.add(cast(int, value))
        elif kind is codes.RANGE:
            low, high = cast(tuple[int, int], value)
            found.update(range(low, high + 1))
        else:
            return None
    return frozenset(found)
