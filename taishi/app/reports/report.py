"""A posture report: made from the store, or from an export of risk events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from taishi.app.posture import OWNERLESS, Figures, count
from taishi.app.reports.comparing import Base, change_pct, why_not
from taishi.app.reports.counters import (
    BlockFigures,
    Coverage,
    NoticeFigures,
    block_figures,
    coverage_of,
    notice_figures,
)
from taishi.app.reports.publishing import Correction, corrections, published_coverage
from taishi.app.risk_versions import known, latest
from taishi.app.sensors import SensorStatus
from taishi.app.window import Window
from taishi.core.ports import Find, StateStore
from taishi.core.records import RiskEvent
from taishi.core.text import Text


@dataclass(frozen=True)
class Report:
    """What was known at `as_of` of the risk events first seen in the window.

    The five counters are never mixed: `alerts` found (those dismissed too), risk events (`figures.total`),
    `hosts` (different subjects), `units` (with an owner), letters. None: the input does not tell.
    """

    window: Window
    as_of: datetime
    figures: Figures
    base: Base
    why_not: Text | None
    alerts: int | None = None
    hosts: int | None = None
    notices: NoticeFigures | None = None
    blocks: BlockFigures | None = None
    coverage: Coverage | None = None
    corrections: tuple[Correction, ...] = ()
    kinds_told: bool = True

    @property
    def yoy_pct(self) -> float | None:
        """None where it cannot be compared."""
        return None if self.why_not else change_pct(self.figures, self.base)

    @property
    def units(self) -> int:
        """Different units that own at least one of the risk events."""
        return len(self.figures.by_unit.keys() - {OWNERLESS})

    @property
    def adds_up(self) -> bool:
        """Nothing may be published that does not."""
        return self.figures.adds_up and self.base.figures.adds_up


def from_store(
    state: StateStore,
    window: Window,
    now: datetime,
    as_of: datetime | None = None,
    sensors: Iterable[SensorStatus] = (),
) -> Report:
    """`as_of` None: everything that is known; the report then says `now`, or when the newest was known."""
    at = as_of or max(filter(None, (now, latest(state))))
    before = window.year_before()
    events = known(state, window, as_of)
    any_data = bool(state.count(RiskEvent, Find(between={"first_seen": (None, before.until)})))
    base = Base(count(known(state, before, as_of), before), any_data, published_coverage(state, before))
    figures, coverage = count(events, window), coverage_of(sensors)
    standing = [event for event in events if event.state != "withdrawn"]
    return Report(
        window=window,
        as_of=at,
        figures=figures,
        base=base,
        why_not=why_not(figures, base, coverage.pct),
        alerts=len({event.alert_id for event in events}),
        hosts=len({event.subject for event in standing}),
        notices=notice_figures(state, window, at),
        blocks=block_figures(state, window, at),
        coverage=coverage,
        corrections=tuple(corrections(state, window, at)),
    )


def from_events(events: Iterable[RiskEvent], window: Window, as_of: datetime, kinds_told: bool) -> Report:
    """`events`: each once, as it stood at `as_of`."""
    known_then = list(events)
    before = window.year_before()
    base = Base(count(known_then, before), any(one.first_seen < before.until for one in known_then))
    figures = count(known_then, window)
    subjects = {one.subject for one in known_then if one.first_seen in window and one.state != "withdrawn"}
    return Report(
        window=window,
        as_of=as_of,
        figures=figures,
        base=base,
        why_not=why_not(figures, base),
        hosts=len(subjects) if all(subjects) and subjects else None,
        kinds_told=kinds_told,
    )
