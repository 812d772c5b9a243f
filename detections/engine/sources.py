"""Where a field stands in events of a shape: own fields, ECS columns, dotted paths, or made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from detections.engine.columns import Group, Values, present
from detections.engine.made import MADE
from detections.engine.paths import under
from detections.engine.values import ABSENT
from taishi.core.ecs import schema
from taishi.core.event import Json, Value

#: Gives the values of one field for a group.
Source = Callable[[Group], "Values | pa.Array"]


@dataclass(frozen=True)
class Shape:
    """What events of one shape have: own fields by place, and ECS columns.

    `answered`: columns that an own field stands for, where the events have none yet; `hidden`: those
    that only the whole events would show.
    """

    places: Mapping[str, int]
    columns: frozenset[str]
    answered: Mapping[str, str]
    hidden: frozenset[str]

    @classmethod
    def of(cls, group: Group) -> "Shape":
        names = {name: at for at, name in enumerate(group.names)}
        spaceless = {name.replace(" ", ""): at for name, at in names.items()}
        columns = frozenset(schema(group.kind).names) | frozenset(MADE)
        if group.batch is not None:
            return cls({**spaceless, **names}, columns, {}, frozenset())
        return cls({**spaceless, **names}, frozenset(), group.answered, columns - group.answered.keys())

    def sources(self, fields: Sequence[str]) -> list[Source]:
        """Where a field may be found, in order: own fields before ECS columns."""
        found: list[Source] = []
        for field in fields:
            own = self.places.get(field, self.places.get(self.answered.get(field, "")))
            if own is not None:
                found.append(Own(own))
            elif (nested := _nested(field, self.places)) is not None:
                found.append(nested)
            if field in self.columns:
                found.append(_made(field) if field in MADE else _ecs(field))
        return found

    def hides(self, fields: Sequence[str]) -> bool:
        """Whether whole events may show the field where these do not."""
        return not self.hidden.isdisjoint(fields)


@dataclass(frozen=True)
class Own:
    """One of the source's own fields, by place."""

    place: int

    def __call__(self, group: Group) -> Values:
        return group.columns[self.place]


def _ecs(name: str) -> Source:
    return lambda group: group.array(name)


def _made(name: str) -> Source:
    make = MADE[name]
    return lambda group: [ABSENT if (it := make(event)) is None else it for event in group.events]


def _nested(field: str, places: Mapping[str, int]) -> Source | None:
    """A dotted name whose beginning is a field that holds objects."""
    at = field.find(".")
    while at > 0:
        head, path = field[:at], field[at + 1 :]
        if head in places:
            place = places[head]
            return lambda group: [under(value, path) for value in group.columns[place]]
        at = field.find(".", at + 1)
    return None


def values_of(given: Sequence[Source], group: Group) -> "Values | pa.Array":
    """The values of a field: of several sources the first that has one."""
    return given[0](group) if len(given) == 1 else listed(given, group)


def listed(given: Sequence[Source], group: Group) -> Values:
    """The same, never as an Arrow column."""
    found = given[0](group)
    if len(given) == 1:
        return present(found) if isinstance(found, pa.Array) else found
    if isinstance(found, tuple) and None not in found:  # own fields: they are there in every event
        return found
    return _first_present([found, *(source(group) for source in given[1:])])


def _first_present(found: Sequence["Values | pa.Array"]) -> Values:
    """Of several sources the first that has a value, event by event; else the first that has the field."""
    lists = [present(one) if isinstance(one, pa.Array) else one for one in found]
    return [_first(row) for row in zip(*lists, strict=True)]


def _first(row: Sequence[Value | Json]) -> Value | Json:
    found = ABSENT
    for value in row:
        if value is None:
            found = None
        elif value is not ABSENT:
            return value
    return found
