"""What a window adds up to, kept up to date as entries come and go, and whether that fulfils the condition.

No figure looks at the whole window for one event: a count per distinct value, a running exact sum, a sorted
list, a chain of steps.
"""

import operator
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sized
from fractions import Fraction
from typing import Protocol

from detections.engine.correlate.definition import Bound, Correlation
from detections.engine.correlate.entry import Entry
from detections.engine.correlate.order import Chain
from detections.engine.correlate.values import Number, exact, number

_COMPARE: Mapping[str, Callable[[Number, Number], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}
#: Percentiles that have a name of their own.
_RANKS = {"value_min": 0, "value_median": 50, "value_max": 100}


class Figure(Protocol):
    """Follows a window: each entry comes once and, oldest first, leaves once."""

    def add(self, entry: Entry) -> None: ...

    def remove(self, entry: Entry) -> None: ...

    def fulfilled(self) -> bool:
        """Whether the condition holds for a window that is not empty."""


#: Gives a new figure for a window; `held` are the window's events (temporal: rule and event), kept by it.
Maker = Callable[[Sized], Figure]


def figures(correlation: Correlation) -> Maker:
    """What makes the figures for the groups of a correlation whose references are ids."""
    kind, condition, rules = correlation.type, correlation.condition, len(correlation.rules)
    meets = _Bounds(condition.bounds)
    if condition.alternatives:
        ways = _ways(correlation)
        ordered = kind == "temporal_ordered"
        return lambda _: _Alternatives(ways, ordered)
    if kind == "temporal_ordered":
        return lambda _: _Ordered(rules, meets)
    if kind == "temporal":
        return lambda _: _Distinct(_rule, meets)
    if kind == "event_count":
        return lambda held: _Events(held, meets)
    if kind == "value_count":
        return lambda _: _Distinct(_values, meets)
    if kind in ("value_sum", "value_avg"):
        return lambda _: _Sum(kind == "value_avg", meets)
    percentile = exact(_RANKS.get(kind, condition.percentile or 0))
    return lambda _: _Rank(percentile, meets)


class _Bounds:
    """All comparisons of a condition."""

    def __init__(self, bounds: tuple[Bound, ...]) -> None:
        self._tests = [(_COMPARE[bound.operator], exact(bound.number)) for bound in bounds]

    def __call__(self, value: Number) -> bool:
        return all(compare(value, bound) for compare, bound in self._tests)


class _Events:
    """How many different events: the window keeps them anyway."""

    __slots__ = ("_held", "_meets")

    def __init__(self, held: Sized, meets: _Bounds) -> None:
        self._held = held
        self._meets = meets

    def add(self, entry: Entry) -> None:
        """The window has counted it."""

    def remove(self, entry: Entry) -> None:
        """The window has forgotten it."""

    def fulfilled(self) -> bool:
        return self._meets(len(self._held))


def _rule(entry: Entry) -> Iterable[Hashable]:
    return (entry.rule,)


def _values(entry: Entry) -> Iterable[Hashable]:
    return entry.values


class _Distinct:
    """How many different values or rules: specification, "Condition"."""

    __slots__ = ("_keys", "_meets", "_seen")

    def __init__(self, keys: Callable[[Entry], Iterable[Hashable]], meets: _Bounds) -> None:
        self._keys = keys
        self._meets = meets
        self._seen: dict[Hashable, int] = {}

    def add(self, entry: Entry) -> None:
        for key in self._keys(entry):
            self._seen[key] = self._seen.get(key, 0) + 1

    def remove(self, entry: Entry) -> None:
        for key in self._keys(entry):
            self._seen[key] -= 1
            if not self._seen[key]:
                del self._seen[key]

    def fulfilled(self) -> bool:
        return self._meets(len(self._seen))


def _numbers(entry: Entry) -> list[Number]:
    return [found for text in entry.values if (found := number(text)) is not None]


class _Sum:
    """Sum or average, in exact arithmetic: what comes in goes out again without a rest."""

    __slots__ = ("_average", "_count", "_meets", "_sum")

    def __init__(self, average: bool, meets: _Bounds) -> None:
        self._average = average
        self._meets = meets
        self._sum: Number = 0
        self._count = 0

    def add(self, entry: Entry) -> None:
        for found in _numbers(entry):
            self._sum += found
            self._count += 1

    def remove(self, entry: Entry) -> None:
        for found in _numbers(entry):
            self._sum -= found
            self._count -= 1

    def fulfilled(self) -> bool:
        return self._meets(Fraction(self._sum, self._count) if self._average else self._sum)


class _Rank:
    """The value at a percentile, between two neighbours in proportion (as SQL's percentile_cont)."""

    __slots__ = ("_meets", "_percentile", "_sorted")

    def __init__(self, percentile: Number, meets: _Bounds) -> None:
        self._percentile = percentile
        self._meets = meets
        self._sorted: list[Number] = []

    def add(self, entry: Entry) -> None:
        for found in _numbers(entry):
            insort(self._sorted, found)

    def remove(self, entry: Entry) -> None:
        for found in _numbers(entry):
            del self._sorted[bisect_left(self._sorted, found)]

    def fulfilled(self) -> bool:
        return self._meets(self._value())

    def _value(self) -> Number:
        rank = Fraction(self._percentile * (len(self._sorted) - 1), 100)
        lower = rank.numerator // rank.denominator
        value, part = self._sorted[lower], rank - lower
        return value + part * (self._sorted[lower + 1] - value) if part else value


class _Ordered:
    """How many rules matched in the order of the list."""

    __slots__ = ("_added", "_chain", "_meets", "_removed")

    def __init__(self, rules: int, meets: _Bounds) -> None:
        self._meets = meets
        self._chain = Chain(rules)
        self._added = self._removed = 0

    def add(self, entry: Entry) -> None:
        self._chain.occur(entry.rule, self._added, entry.time)
        self._added += 1

    def remove(self, entry: Entry) -> None:  # noqa: ARG002 (the chain forgets by position)
        self._removed += 1

    def fulfilled(self) -> bool:
        return self._meets(self._chain.longest(self._removed))


_Way = tuple[tuple[int, ...], tuple[int, ...]]


def _ways(correlation: Correlation) -> list[_Way]:
    """The alternatives with places in the list of rules."""
    place = {rule: number for number, rule in enumerate(correlation.rules)}
    return [
        (tuple(place[rule] for rule in way.present), tuple(place[rule] for rule in way.absent))
        for way in correlation.condition.alternatives
    ]


class _Alternatives:
    """An extended condition: an alternative has its rules (in list order, if ordered), not the others."""

    __slots__ = ("_added", "_matched", "_removed", "_ways")

    def __init__(self, ways: list[_Way], ordered: bool) -> None:
        self._ways = [(present, absent, Chain(len(present)) if ordered else None) for present, absent in ways]
        self._matched: Counter[int] = Counter()
        self._added = self._removed = 0

    def add(self, entry: Entry) -> None:
        self._matched[entry.rule] += 1
        for present, _, chain in self._ways:
            if chain is not None and entry.rule in present:
                chain.occur(present.index(entry.rule), self._added, entry.time)
        self._added += 1

    def remove(self, entry: Entry) -> None:
        self._matched[entry.rule] -= 1
        self._removed += 1

    def fulfilled(self) -> bool:
        return any(
            all(self._matched[rule] for rule in present)
            and not any(self._matched[rule] for rule in absent)
            and (chain is None or chain.longest(self._removed) == len(present))
            for present, absent, chain in self._ways
        )
