"""单位: who answers for which addresses, and what happened there."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse

from dashboards.frame import Frame, frame
from dashboards.page import Page
from taishi.app.alerts import AlertFilter
from taishi.app.posture import OWNERLESS, posture
from taishi.core.ports import Find
from taishi.core.records import Asset, Unit

router = APIRouter()
PAGE = Page(router, "/units", "units", "units", 40)
Seen = Annotated[Frame, Depends(frame)]

#: Alerts and letters shown on a unit's page; the lists hold the rest.
LATEST = 10


@router.get("/units")
def show(seen: Seen, text: str = "") -> HTMLResponse:
    state = seen.desk.state
    every = state.find(Unit, Find(order="name"))
    assets = Counter(asset.unit for asset in state.find(Asset))
    figures = posture(state, seen.span.window, seen.now).by_unit
    units = [unit for unit in every if text.strip().lower() in unit.name.lower()]
    return seen.page(
        "units.html",
        units=sorted(units, key=lambda unit: (-figures.get(unit.name, 0), unit.name)),
        total=len(every),
        names={unit.id: unit.name for unit in every},
        assets=assets,
        figures=figures,
        ownerless=OWNERLESS,
        text=text,
    )


@router.get("/units/{unit_id}")
def open_one(seen: Seen, unit_id: str) -> HTMLResponse:
    desk = seen.desk
    unit = desk.state.get(Unit, unit_id)
    if unit is None:
        raise HTTPException(404)
    notices = [notice for notice in desk.letters.list() if notice.unit == unit.name]
    return seen.page(
        "unit.html",
        unit=unit,
        parent=desk.state.get(Unit, unit.parent) if unit.parent else None,
        assets=desk.state.find(Asset, Find(where={"unit": unit.id}, order="value")),
        alerts=desk.alerts.list(AlertFilter(seen.span.window, unit=unit.name), LATEST),
        notices=notices[:LATEST],
        notices_total=len(notices),
    )
