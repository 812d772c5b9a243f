"""What goes into a correlator and what comes out."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

Value = str | int | float | bool | list["Value"] | None


class Match(NamedTuple):
    """A rule matched an event. `time` is in microseconds since 1970 UTC; `values` hold the wanted fields."""

    rule: str
    event: str
    time: int
    values: Mapping[str, Value]


class Correlated(msgspec.Struct, frozen=True):
    """A correlation held for a group.

    `id` is made from the correlation, the group and the first event: the same episode reported again (grown)
    has the same id. `group` has the group-by names with their values as text. `events` are in time order and
    at most as many as the correlator keeps as evidence, the first and the latest; `count` says how many took
    part. `first` and `last` are in microseconds since 1970 UTC.
    """

    correlation: str
    id: str
    group: dict[str, str]
    events: tuple[str, ...]
    count: int
    first: int
    last: int
