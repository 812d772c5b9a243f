"""A column's values of many ECS documents at once, as Arrow; where each is as most are written."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sensors.ecs_rows import IPS, below
from sensors.values import parsed_address
from taishi.core import ecs
from taishi.core.event import Json

Values = Sequence[Json]

_TYPES = ecs.column_types()
_NONE = type(None)
_TEXTS, _LISTS, _FLAGS, _WHOLE = (frozenset({one, _NONE}) for one in (str, list, bool, int))
#: The time of an event must be there.
_NEEDED = "@timestamp"
#: A moment as most write it, of years that are taken (`sensors.lines.checked_time`).
_MOMENT = (
    r"^(?:19[7-9]\d|2[01]\d\d)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$"
)
#: An IPv4 address in its canonical form.
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_ADDRESS = rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"


class Unsure(ValueError):
    """Some value is to be read one by one."""


def read_column(name: str, values: Values) -> pa.Array:
    """As `ecs_event` reads each. Raises Unsure."""
    try:
        return _read(name, values, _TYPES[name])
    except (pa.ArrowException, OverflowError, TypeError):
        raise Unsure from None


def which_read(name: str, values: Values) -> NDArray[np.bool_]:
    """Which of them `read_column` reads."""
    return np.fromiter((_is_read(name, one) for one in values), bool, len(values))


def _is_read(name: str, value: Json) -> bool:
    try:
        read_column(name, (value,))
    except Unsure:
        return False
    return True


def beyond(name: str, values: Values) -> Values | None:
    """Lists of which a column of single values takes only the first, or none; None: there are no such."""
    if pa.types.is_list(_TYPES[name]) or list not in set(map(type, values)):
        return None
    found = [one if isinstance(one, list) and _says_more(one) else None for one in values]
    return found if any(found) else None


def _says_more(values: Sequence[Json]) -> bool:
    return len(values) > 1 or values in ([None], [""])


def _first(value: Json) -> Json:
    if isinstance(value, list):
        return value[0] if value else None
    return value


def _read(name: str, values: Values, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_list(wanted):
        return _lists(values, wanted)
    if list in set(map(type, values)):
        values = list(map(_first, values))
    if pa.types.is_integer(wanted):
        return _numbers(values, wanted, below(name))
    if pa.types.is_boolean(wanted):
        return pa.array(_of(values, _FLAGS), wanted)
    texts = _of(values, _TEXTS)
    if pa.types.is_timestamp(wanted):
        return _moments(name, texts, wanted)
    if name in IPS:
        return _addresses(texts, wanted)
    if name == "network.transport":
        texts = [one and str(one).lower() for one in texts]
    return pa.array([one or None for one in texts] if "" in texts else texts, wanted)


def _of(values: Values, types: frozenset[type]) -> Values:
    if set(map(type, values)) <= types:
        return values
    raise Unsure


def _lists(values: Values, wanted: pa.DataType) -> pa.Array:
    given = [one or None for one in _of(values, _LISTS)]
    texts = list(chain.from_iterable(one for one in given if isinstance(one, list)))
    if set(map(type, texts)) <= {str} and "" not in texts:
        return pa.array(given, wanted)
    raise Unsure


def _numbers(values: Values, wanted: pa.DataType, bound: int) -> pa.Array:
    numbers = pa.array(_of(values, _WHOLE), wanted)
    found = pc.min_max(numbers)
    if found["min"].is_valid and not 0 <= found["min"].as_py() <= found["max"].as_py() < bound:
        raise Unsure
    return numbers


def _moments(name: str, values: Values, wanted: pa.DataType) -> pa.Array:
    texts = pa.array(values, pa.string())
    if (name == _NEEDED and texts.null_count) or not _all_match(texts, _MOMENT):
        raise Unsure
    return texts.cast(wanted)


def _addresses(values: Values, wanted: pa.DataType) -> pa.Array:
    texts = pa.array(values, wanted)
    if _all_match(texts, _ADDRESS):
        return texts
    found = [None if one is None else parsed_address(str(one)) for one in values]
    if found.count(None) > texts.null_count:
        raise Unsure
    return pa.array(found, wanted)


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(texts, pattern)).as_py() is not False
