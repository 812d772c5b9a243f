"""Where a field stands in events of a shape: among their own fields, in an ECS column, under a path, or made."""

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from detections.engine.columns import Group, Values
from detections.engine.made import MADE
from taishi.core.event import Json

#: Gives the values of one field for a group.
Source = Callable[[Group], "Values | pa.Array"]


def sources(fields: Sequence[str], names: tuple[str, ...], columns: frozenset[str]) -> list[Source]:
    """Where a field may be found in events of a shape, in order: own fields before ECS columns."""
    found: list[Source] = []
    places = {name.replace(" ", ""): at for at, name in enumerate(names)} | {
        name: at for at, name in enumerate(names)
    }
    for field in fields:
        if field in places:
            found.append(_own(places[field]))
        elif (nested := _nested(field, places)) is not None:
            found.append(nested)
        if field in columns:
            found.append(_ecs(field))
        elif field in MADE and columns:
            found.append(_made(field))
    return found


def _own(place: int) -> Source:
    return lambda group: group.columns[place]


def _ecs(name: str) -> Source:
    return lambda group: group.array(name)


def _made(name: str) -> Source:
    make = MADE[name]
    return lambda group: [make(event) for event in group.events]


def _nested(field: str, places: Mapping[str, int]) -> Source | None:
    """A dotted name whose beginning is a field that holds objects."""
    at = field.find(".")
    while at > 0:
        head, path = field[:at], field[at + 1 :]
        if head in places:
            place = places[head]
            return lambda group: [_walk(value, path) for value in group.columns[place]]
        at = field.find(".", at + 1)
    return None


def _walk(value: Json, path: str) -> Json:
    """What stands under a dotted path; of a list of objects the values of all."""
    if isinstance(value, list):
        return [found for item in value if (found := _walk(item, path)) is not None] or None
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    at = path.find(".")
    while at > 0:
        if path[:at] in value:
            return _walk(value[path[:at]], path[at + 1 :])
        at = path.find(".", at + 1)
    return None


def first_present(found: Sequence["Values | pa.Array"]) -> Values:
    """Of several sources the first that has a value, event by event."""
    lists = [one.to_pylist() if isinstance(one, pa.Array) else one for one in found]
    return [next((value for value in row if value is not None), None) for row in zip(*lists, strict=True)]
