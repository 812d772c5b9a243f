"""通报 → 每周小结: every line that makes no letter, week by week, and as a workbook."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from dashboards.frame import Frame, frame
from notices.weeks import WEEK
from taishi.app.measures.summary import HEAD, Summary, last_week, row, summarize_week, table
from taishi.app.window import day_of
from taishi.core.clock import ZONE
from taishi.core.problems import Problem
from taishi.kit.spreadsheets import write_tables

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]

PATH = "/letters/weekly"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get(PATH)
def show(seen: Seen, week: str = "") -> HTMLResponse:
    """`week`: a day of the week wanted; without one the last week that is over."""
    summary = _summary(seen, week)
    since = summary.week.since.astimezone(ZONE)
    return seen.page(
        "weekly.html",
        summary=summary,
        head=HEAD,
        rows=[(alert, row(alert, seen.language)) for alert in summary.lines],
        before=day_of(since - WEEK).isoformat(),
        after=day_of(since + WEEK).isoformat(),
        chosen=day_of(since).isoformat(),
    )


@router.get(f"{PATH}.xlsx")
def workbook(seen: Seen, week: str = "") -> Response:
    """Every line of the week."""
    summary = _summary(seen, week)
    made = table(summary, seen.language)
    head = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'weekly {made.name}.xlsx', safe='')}"
    }
    return Response(write_tables([made]), media_type=_XLSX, headers=head)


def _summary(seen: Frame, week: str) -> Summary:
    """Raises Problem where the address names no day."""
    policy = seen.desk.settings.policy()
    try:
        noon = datetime.fromisoformat(f"{week}T23:59") if week else None
    except ValueError:
        raise Problem(f"week={week[:40]}: give a day like 2026-11-16") from None
    at = noon.replace(tzinfo=ZONE) if noon else last_week(policy, seen.now)
    return summarize_week(seen.desk.state, policy, at)
