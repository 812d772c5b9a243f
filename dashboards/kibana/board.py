"""What a dashboard is made of, before Kibana's own form of it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from taishi.core.ecs import Kind
from taishi.core.text import Text


@dataclass(frozen=True)
class Is:
    """A column has one of the values."""

    column: str
    values: tuple[str | int | bool, ...]
    negated: bool = False


@dataclass(frozen=True)
class Has:
    """A column has a value."""

    column: str
    negated: bool = False


@dataclass(frozen=True)
class AtLeast:
    """A number is so large or larger."""

    column: str
    least: int
    negated: bool = False


Filter: TypeAlias = Is | Has | AtLeast


@dataclass(frozen=True)
class Measure:
    """What is counted: events, the sum of a column, or its different values."""

    label: Text
    of: Literal["count", "sum", "unique_count"] = "count"
    column: str | None = None
    bytes: bool = False


EVENTS = Measure(Text("事件数", "Events"))


@dataclass(frozen=True)
class Panel:
    """One drawing: a `number`, measures over `time` (apart by the one column of `by`, if any), or a `table`
    of the largest groups by the columns of `by`. `kind` None: events of every kind.
    """

    name: str
    title: Text
    kind: Kind | None
    shape: Literal["number", "time", "table"]
    measures: tuple[Measure, ...] = (EVENTS,)
    by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Search:
    """Events that an analyst looks through, newest first."""

    name: str
    title: Text
    kind: Kind
    columns: tuple[str, ...]
    filters: tuple[Filter, ...]


@dataclass(frozen=True)
class Board:
    """A dashboard; its searches stand below its panels and for themselves under Discover."""

    name: str
    title: Text
    says: Text
    panels: tuple[Panel, ...]
    searches: tuple[Search, ...] = ()


def table(
    name: str,
    title: Text,
    kind: Kind | None,
    by: tuple[str, ...],
    *measures: Measure,
    where: tuple[Filter, ...] = (),
) -> Panel:
    return Panel(name, title, kind, "table", measures or (EVENTS,), by, where)


def over_time(
    name: str,
    title: Text,
    kind: Kind | None,
    *measures: Measure,
    by: str = "",
    where: tuple[Filter, ...] = (),
) -> Panel:
    return Panel(name, title, kind, "time", measures or (EVENTS,), (by,) if by else (), where)
