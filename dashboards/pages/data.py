"""数据安全: which systems held or moved personal data, at which stage, and what was found risky about it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from dashboards.frame import Frame, frame
from dashboards.page import Page
from detections.personal.grade import GRADE_NAMES, TYPE_NAMES
from taishi.app.alerts import AlertFilter
from taishi.app.data_found import data_found
from taishi.app.data_inspection import STAGE_NAMES
from taishi.core.records import Alert, Reason

router = APIRouter()
PAGE = Page(router, "/data", "data", "data", 45)
Seen = Annotated[Frame, Depends(frame)]

#: Findings shown; the list of alerts holds the rest.
LATEST = 50


@router.get("/data")
def show(seen: Seen, unit: str = "", stage: str = "") -> HTMLResponse:
    desk, window = seen.desk, seen.span.window
    found = data_found(desk.events, window, unit or None)
    alerts = desk.alerts.list(AlertFilter(window, unit=unit or None), None)
    risky = [(alert, reason) for alert in alerts.alerts for reason in _reasons(alert)]
    return seen.page(
        "data.html",
        found=found,
        holders=[one for one in found.holders if not stage or one.stage == stage],
        stages={name: sum(one.stage == name for one in found.holders) for name in STAGE_NAMES},
        stage=stage if stage in STAGE_NAMES else None,
        unit=unit,
        risky=risky[:LATEST],
        total=len(risky),
        GRADE_NAMES=GRADE_NAMES,
        TYPE_NAMES=TYPE_NAMES,
    )


def _reasons(alert: Alert) -> list[Reason]:
    return [reason for reason in alert.verdict.because if reason.kind == "data"]
