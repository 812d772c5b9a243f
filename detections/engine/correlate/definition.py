"""A correlation as plain data: what was asked for, nothing of how it is found."""

from typing import Literal, get_args

import msgspec

Type = Literal[
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_min",
    "value_max",
    "value_percentile",
    "value_median",
]
Operator = Literal["lt", "lte", "gt", "gte", "eq", "neq"]

TYPES: frozenset[str] = frozenset(get_args(Type))
OPERATORS: frozenset[str] = frozenset(get_args(Operator))
#: These compare a number of things (events, values, rules), so their bounds are whole and not negative.
COUNTS: frozenset[str] = frozenset({"event_count", "value_count", "temporal", "temporal_ordered"})
TEMPORAL: frozenset[str] = frozenset({"temporal", "temporal_ordered"})


class Bound(msgspec.Struct, frozen=True):
    """One comparison of a window's figure with a number."""

    operator: Operator
    number: int | float


class Alternative(msgspec.Struct, frozen=True):
    """One way to fulfil an extended condition: these rules matched (in list order), those did not."""

    present: tuple[str, ...]
    absent: tuple[str, ...]


class Condition(msgspec.Struct, frozen=True):
    """What a window has to fulfil: all of `bounds`, or (extended condition) any of `alternatives`.

    `fields` hold the values of the value_* types; `percentile` is 0 to 100.
    """

    bounds: tuple[Bound, ...] = ()
    fields: tuple[str, ...] = ()
    percentile: int | float | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def rising(self) -> bool:
        """Whether more can only help: it may fire before the window is over.

        Anything with an upper bound or an absence is known only when the window has closed.
        """
        growing = all(bound.operator in ("gt", "gte") for bound in self.bounds)
        return growing and not any(alternative.absent for alternative in self.alternatives)


class Correlation(msgspec.Struct, frozen=True):
    """One Sigma correlation rule.

    `rules` are references as written; after `resolve` they are ids, and so are the keys inside `aliases`
    ({alias: {rule: field}}). `timespan` is in microseconds. `silent` (set by `resolve`): it only serves
    another correlation and is not reported itself.
    """

    id: str
    name: str | None
    title: str
    level: str
    path: str
    tags: tuple[str, ...]
    description: str
    type: Type
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    aliases: dict[str, dict[str, str]]
    timespan: int
    condition: Condition
    generate: bool = False
    silent: bool = False

    def field(self, name: str, rule: str) -> str:
        """The event field behind a name in matches of a rule: the alias's, or the name itself."""
        return self.aliases.get(name, {}).get(rule, name)
