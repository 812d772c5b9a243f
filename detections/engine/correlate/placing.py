"""Which groups a match falls into, and what it brings to each."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice, product
from math import prod
from typing import NamedTuple

from detections.engine.correlate.budget import Budget
from detections.engine.correlate.definition import COUNTS, Correlation
from detections.engine.correlate.entry import Entry, Fact, Row
from detections.engine.correlate.values import Texts, number

#: The values of the group-by fields, in their order.
Key = tuple[str, ...]
#: One match with lists in several group-by fields falls into no more groups than this.
MOST_GROUPS = 1000
#: Joins the fields of one value of a value_count over several; stands in no field of a sane event.
_JOINT = "\x1f"


class _Reader(NamedTuple):
    """Where the matches of one rule have what the correlation asks for."""

    place: int
    group: tuple[str, ...]
    values: tuple[str, ...]
    #: (name as the outer correlation says, field here)
    carried: tuple[tuple[str, str], ...]


def readers(correlation: Correlation, carried: frozenset[str]) -> Mapping[str, _Reader]:
    """A reader for each rule; `carried` are fields that outer correlations ask for beyond the group."""
    return {
        rule: _Reader(
            index,
            tuple(correlation.field(name, rule) for name in correlation.group_by),
            tuple(correlation.field(name, rule) for name in correlation.condition.fields),
            tuple((name, correlation.field(name, rule)) for name in sorted(carried)),
        )
        for index, rule in enumerate(correlation.rules)
    }


class Placing:
    """Places facts for one correlation."""

    def __init__(self, correlation: Correlation, carried: frozenset[str], budget: Budget) -> None:
        self._readers = readers(correlation, carried)
        self._numeric = bool(correlation.condition.fields) and correlation.type not in COUNTS
        self._budget = budget

    def places(self, fact: Fact) -> Iterator[tuple[Key, Entry]]:
        """Each group with the entry for it.

        A match without a value in a group-by field shares no value with any other and is in no group; one
        without a (numeric) value in the condition's field adds nothing. Both are counted as incomplete.
        """
        reader = self._readers[fact.rule]
        groups: dict[Key, list[Row]] = {}
        for row in fact.rows:
            for key in self._keys(row, reader.group):
                groups.setdefault(key, []).append(row)
        placed = False
        for key, rows in groups.items():
            values = self._values(rows, reader.values)
            if values or not reader.values:
                placed = True
                kept = tuple({name: row.get(field, ()) for name, field in reader.carried} for row in rows)
                yield key, self._entry(fact, reader, values, kept if reader.carried else ())
        self._budget.incomplete += not placed

    def _entry(self, fact: Fact, reader: _Reader, values: Texts, rows: tuple[Row, ...]) -> Entry:
        return Entry(fact.time, fact.event, reader.place, values, rows, fact.events, fact.count)

    def _keys(self, row: Row, fields: tuple[str, ...]) -> Iterator[Key]:
        """A list in a field: each element is a value (as matching does with lists)."""
        values = [tuple(dict.fromkeys(row.get(field, ()))) for field in fields]
        self._budget.evicted += max(0, prod(map(len, values)) - MOST_GROUPS)
        return islice(product(*values), MOST_GROUPS)

    def _values(self, rows: list[Row], fields: tuple[str, ...]) -> Texts:
        if not fields:
            return ()
        if len(fields) == 1:
            found = chain.from_iterable(row.get(fields[0], ()) for row in rows)
            return tuple(text for text in found if not self._numeric or number(text) is not None)
        joint = (islice(product(*(row.get(field, ()) for field in fields)), MOST_GROUPS) for row in rows)
        return tuple(map(_JOINT.join, chain.from_iterable(joint)))
