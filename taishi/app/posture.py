"""The figures of a window. Every sum is made from one list of risk events, and says whether it adds up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from detections.incident import plain
from taishi.app.reports.adding_up import Table, residuals
from taishi.app.window import Window, day_of
from taishi.core.notice_records import OUTSTANDING, Notice
from taishi.core.ports import Find, StateStore
from taishi.core.records import LEVELS, THREATS, Block, Level, RiskEvent, Threat

#: Where a risk event has no owner yet.
OWNERLESS = "未登记"


@dataclass(frozen=True)
class Figures:
    """Counts of the risk events of one window; `by_day` holds every day of it, days without any too;
    `by_kind` the kinds of GB/T 20986 by their keys.
    """

    window: Window
    total: int
    by_threat: Mapping[Threat, int]
    by_level: Mapping[Level, int]
    matrix: Mapping[Threat, Mapping[Level, int]]
    by_unit: Mapping[str, int]
    by_day: Mapping[date, int]
    by_kind: Mapping[str, int]

    def residuals(self) -> dict[str, int]:
        """Each part minus the total, those that are not zero. Each part was counted by itself."""
        parts: dict[str, Mapping[str, int]] = {
            "by_class": {str(threat): n for threat, n in self.by_threat.items()},
            "by_level": {str(level): n for level, n in self.by_level.items()},
            "by_unit": self.by_unit,
            "by_day": {str(day): n for day, n in self.by_day.items()},
            "by_kind": self.by_kind,
        }
        rows = {threat: {str(level): n for level, n in row.items()} for threat, row in self.matrix.items()}
        return residuals(Table(self.total, parts, {str(threat): row for threat, row in rows.items()}))

    @property
    def adds_up(self) -> bool:
        return not self.residuals()


@dataclass(frozen=True)
class NoticeCounts:
    """Letters drafted in the window by where they are now; `issued`: out and not closed, `overdue` of those:
    not answered, deadline past."""

    drafted: int
    approved: int
    issued: int
    closed: int
    withdrawn: int
    overdue: int


@dataclass(frozen=True)
class BlockCounts:
    """Blocks proposed in the window by their state now; `rehearsed` are those applied in a dry run."""

    proposed: int
    approved: int
    applied: int
    rehearsed: int
    lifted: int
    rejected: int


@dataclass(frozen=True)
class Posture(Figures):
    """The figures of a window with those of a year before (None where nothing was kept that early)."""

    base: Figures | None
    notices: NoticeCounts
    blocks: BlockCounts

    @property
    def yoy_pct(self) -> float | None:
        """Change against the base in per cent, one decimal; None without a base to compare with."""
        if self.base is None or self.base.total == 0:
            return None
        return round(100 * (self.total - self.base.total) / self.base.total, 1)

    @property
    def adds_up(self) -> bool:
        return not self.residuals() and (self.base is None or self.base.adds_up)


def posture(state: StateStore, window: Window, at: datetime | None = None) -> Posture:
    """The posture of a window. `at`: the moment deadlines are judged at, the window's end unless given."""
    now = count(_standing(state, window), window)
    return Posture(
        **vars(now),
        base=_base(state, window.year_before()),
        notices=_notices(state, window, at or window.until),
        blocks=_blocks(state, window),
    )


def count(events: Iterable[RiskEvent], window: Window) -> Figures:
    """The figures of the events that began in the window and stand; a repeated id counts once."""
    counted = list({e.id: e for e in events if e.state != "withdrawn" and e.first_seen in window}.values())
    threats, levels = Counter(e.threat for e in counted), Counter(e.level for e in counted)
    cells = Counter((e.threat, e.level) for e in counted)
    days = Counter(day_of(e.first_seen) for e in counted)
    return Figures(
        window=window,
        total=len(counted),
        by_threat={threat: threats[threat] for threat in THREATS},
        by_level={level: levels[level] for level in LEVELS},
        matrix={threat: {level: cells[threat, level] for level in LEVELS} for threat in THREATS},
        by_unit=dict(Counter(e.unit or OWNERLESS for e in counted).most_common()),
        by_day={day: days[day] for day in window.days()},
        by_kind=dict(Counter(e.incident or plain(e.threat) for e in counted).most_common()),
    )


def _standing(state: StateStore, window: Window) -> list[RiskEvent]:
    span = {"first_seen": (window.since, window.until)}
    return state.find(RiskEvent, Find(where={"state": ("open", "closed")}, between=span))


def _base(state: StateStore, window: Window) -> Figures | None:
    if not state.count(RiskEvent, Find(between={"first_seen": (None, window.until)})):
        return None
    return count(_standing(state, window), window)


R = TypeVar("R", Notice, Block)


def _made_in(state: StateStore, of: type[R], window: Window) -> list[R]:
    return state.find(of, Find(between={"created_at": (window.since, window.until)}))


def _notices(state: StateStore, window: Window, at: datetime) -> NoticeCounts:
    found = _made_in(state, Notice, window)
    states = Counter(notice.state for notice in found)
    return NoticeCounts(
        drafted=states["drafted"],
        approved=states["approved"],
        issued=sum(states[state] for state in OUTSTANDING),
        closed=states["closed"],
        withdrawn=states["withdrawn"],
        overdue=sum(notice.overdue(at) for notice in found),
    )


def _blocks(state: StateStore, window: Window) -> BlockCounts:
    found = _made_in(state, Block, window)
    states = Counter(block.state for block in found)
    rehearsed = sum(block.state == "applied" and block.dry_run for block in found)
    return BlockCounts(
        proposed=states["proposed"],
        approved=states["approved"],
        applied=states["applied"] - rehearsed,
        rehearsed=rehearsed,
        lifted=states["lifted"],
        rejected=states["rejected"],
    )
