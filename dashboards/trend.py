"""Risk events by day and class: what the overview's chart and its table are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from taishi.app.posture import count
from taishi.app.window import Window
from taishi.core.ports import Find, StateStore
from taishi.core.records import THREATS, RiskEvent, Threat

#: Longer windows are drawn by week: a bar must stay wide enough to be clicked.
MAX_DAILY = 92
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Bar:
    """One day, or the week that begins on `first`; both ends are included."""

    first: date
    last: date
    counts: Mapping[Threat, int]
    before: int | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Trend:
    bars: tuple[Bar, ...]
    weekly: bool

    @property
    def total(self) -> int:
        return sum(bar.total for bar in self.bars)


def trend(state: StateStore, window: Window, before: Mapping[date, int] | None) -> Trend:
    """The risk events of the window that were not withdrawn, by day or week and class.

    `before` holds last year's days, where there are any; they are laid beside this year's in order.
    """
    span = {"first_seen": (window.since, window.until)}
    events = state.find(RiskEvent, Find(between=span))
    daily = {threat: count((e for e in events if e.threat == threat), window).by_day for threat in THREATS}
    days = list(window.days())
    earlier = list(before.values()) if before else []
    width = 1 if len(days) <= MAX_DAILY else _WEEK.days
    bars = tuple(_bar(days[n : n + width], daily, earlier[n : n + width]) for n in range(0, len(days), width))
    return Trend(bars, weekly=width > 1)


def _bar(days: list[date], daily: Mapping[Threat, Mapping[date, int]], earlier: list[int]) -> Bar:
    counts = {threat: sum(daily[threat][day] for day in days) for threat in THREATS}
    return Bar(days[0], days[-1], counts, sum(earlier) if earlier else None)
