"""总览: how many, of what kind, since when, whose; and what waits for somebody."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from dashboards.frame import Frame, frame
from dashboards.page import Page
from dashboards.telling import day
from dashboards.trend import trend
from taishi.app.alerts import AlertFilter
from taishi.app.posture import Posture, posture
from taishi.app.reports.comparing import Base, why_not

router = APIRouter()
PAGE = Page(router, "/", "overview", "overview", 10)

#: Units in the ranking; the rest is one click away.
TOP_UNITS = 8


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for somebody: how many, what, where to do it."""

    count: int
    word: str
    address: str
    step: str


@router.get("/")
def show(seen: Annotated[Frame, Depends(frame)]) -> HTMLResponse:
    figures = posture(seen.desk.state, seen.span.window, seen.now)
    drawn = trend(seen.desk.state, seen.span.window, figures.base.by_day if figures.base else None)
    window = seen.span.window.year_before()
    apart = why_not(figures, Base(figures.base, any_data=True)) if figures.base else None
    return seen.page(
        "overview.html",
        figures=figures,
        trend=drawn,
        adds_up=figures.adds_up and drawn.total == figures.total,
        units=list(figures.by_unit.items())[:TOP_UNITS],
        more_units=max(0, len(figures.by_unit) - TOP_UNITS),
        waiting=waiting(seen),
        change="" if apart else change(figures),
        apart=apart,
        base_dates=f"{day(window.since)} — {day(window.until - timedelta(microseconds=1))}",
    )


def waiting(seen: Frame) -> list[Waiting]:
    """What waits, whoever looks; nothing is listed that is not there."""
    desk = seen.desk
    urgent = desk.alerts.list(AlertFilter(seen.span.window, level="high", state="new"), limit=1).total
    things = [
        Waiting(
            len(desk.letters.list("drafted")),
            "waiting.letters",
            seen.to("/letters", state="drafted"),
            "go.approve",
        ),
        Waiting(
            len(desk.letters.list("approved")),
            "waiting.issue",
            seen.to("/letters", state="approved"),
            "go.issue",
        ),
        Waiting(
            len(desk.blocks.list("proposed")),
            "waiting.blocks",
            seen.to("/blocks", state="proposed"),
            "go.approve",
        ),
        Waiting(
            len(desk.blocks.list("approved")),
            "waiting.failed",
            seen.to("/blocks", state="approved"),
            "go.look",
        ),
        Waiting(urgent, "waiting.alerts", seen.to("/alerts", level="high", state="new"), "go.triage"),
        Waiting(overdue(seen), "waiting.overdue", seen.to("/letters", overdue="true"), "go.look"),
    ]
    return [thing for thing in things if thing.count]


def overdue(seen: Frame) -> int:
    """Issued letters whose deadline is past, of any time."""
    return sum(notice.overdue(seen.now) for notice in seen.desk.letters.list())


def change(figures: Posture) -> str:
    """The change against last year in per cent with its sign, empty without a base."""
    return "" if figures.yoy_pct is None else f"{figures.yoy_pct:+.1f}%"
