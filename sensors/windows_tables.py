"""Flat lines of Windows events as tables: which fields of a shape say what, worked out once for each."""

from collections.abc import Sequence

import orjson

from sensors.flat_tables import Planned
from sensors.flat_windows import plain_code
from sensors.json_columns.nodes import FALSE, NOTHING, TEXT, TRUE, WHOLE
from sensors.json_columns.reader import Field
from taishi.core.event import Json
from taishi.core.table import Shape

TIMES = ("SystemTime", "TimeCreated", "@timestamp", "EventTime", "UtcTime", "TimeGenerated")
PROVIDERS = ("Provider_Name", "ProviderName", "SourceName")
COMPUTERS = ("Computer", "ComputerName", "Hostname", "host.name")
#: Fields that every event has, by the names under which they may come.
NAMED = (("Provider_Name", PROVIDERS), ("Channel", ("Channel",)), ("Computer", COMPUTERS))
#: What tells events apart.
TOLD = ("EventID", "Channel", *PROVIDERS)
_FIXED: dict[int, Json] = {TRUE: True, FALSE: False, NOTHING: None}


def plan_line(fields: Sequence[Field]) -> Planned | None:
    """Flat lines without anything nested; others are read one by one."""
    names = [field.path[0] for field in fields]
    told = {name: _fixed(one) for name, one in zip(names, fields, strict=True) if _is_fixed(one)}
    places = {name: at for at, name in enumerate(names) if name not in told}
    sorts = {name: one.sort for name, one in zip(names, fields, strict=True)}
    code = plain_code(told.get("EventID"))
    time = _time(told, sorts)
    nested = any(len(field.path) > 1 for field in fields)
    if code is None or time is None or nested:
        return None
    if "Event" in sorts or "winlog.event_id" in sorts:
        return None
    filled: list[int] = []
    for field, given in NAMED:
        name = _first(told, sorts, given)
        if name is None:
            return None
        if name in places:
            places[field] = places[name]
            told.pop(field, None)
            filled.append(places[name])
        else:
            told[field] = told.get(name)
            places.pop(field, None)
    told["EventID"] = code
    whole = frozenset(name for name in places if sorts.get(name) == WHOLE)
    every = tuple(dict.fromkeys((*names, *(field for field, _ in NAMED))))
    return Planned(Shape(every, told, places, whole, len(fields)), places[time], tuple(filled))


def _is_fixed(field: Field) -> bool:
    return field.told is not None or field.sort in _FIXED


def _fixed(field: Field) -> Json:
    """The value that all lines of the shape have."""
    if field.told is None:
        return _FIXED[field.sort]
    value: Json = orjson.loads(field.told)
    return value


def _time(told: dict[str, Json], sorts: dict[str, int]) -> str | None:
    """The field that holds the time as text: the first that holds anything. None where that is not sure."""
    for name in TIMES:
        if name in sorts and (name not in told or told[name]):
            return name if sorts[name] == TEXT and name not in told else None
    return None


def _first(told: dict[str, Json], sorts: dict[str, int], names: Sequence[str]) -> str | None:
    """The first of some fields that holds a text, the last where none does. None where that is not sure."""
    for name in names:
        if name not in sorts or (name in told and not told[name] and sorts[name] in (TEXT, NOTHING)):
            continue
        return name if sorts[name] == TEXT else None
    return names[-1]
