"""A kind of source finds itself: one file beside this one with a module-level `SOURCE`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, cast

import enrichment.intel
from taishi.core.discover import discover
from taishi.core.indicators import Indicator, IntelSource, Report
from taishi.core.problems import Problem

#: Takes one report with all its indicators; what was kept of it before goes.
Keep = Callable[[Report, Sequence[Indicator]], None]


@dataclass
class Outcome:
    """What one look at a source came to. `gone`: reports that it has withdrawn; `unusable`: values that are
    not what their source says they are; `problems`: what stays as it was and is tried again.
    """

    fetched: int = 0
    unchanged: int = 0
    gone: set[str] = field(default_factory=set)
    unusable: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sighted:
    """One of our hits, to be told back: which attribute was seen, when, on how many events."""

    attribute: str
    at: int
    count: int


class SourceKind(Protocol):
    """Reads one kind of source."""

    @property
    def kind(self) -> str:
        """As `taishi intel add --kind` takes it."""

    def look(self, source: IntelSource, before: Mapping[str, str], keep: Keep) -> Outcome:
        """Hands over what is new since `before`, the state of the last look (empty: everything).

        What cannot be read is a problem of the outcome, and what is known of it stays; raises Problem where
        nothing at all can be read.
        """

    def tell(self, source: IntelSource, sighted: Sequence[Sighted]) -> int:
        """Tells the source what was seen of it; how many it took. 0 where it cannot be told."""


@cache
def kinds() -> dict[str, SourceKind]:
    found = (cast(SourceKind, part) for part in discover(enrichment.intel, "SOURCE"))
    return {one.kind: one for one in found}


def kind_of(name: str) -> SourceKind:
    """Raises Problem for a kind that is none."""
    try:
        return kinds()[name]
    except KeyError:
        raise Problem(f"--kind {name}: no such kind of source; there are {', '.join(kinds())}") from None
