"""单位: who answers for which addresses, and what happened there."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards.fields import Fields
from dashboards.frame import Frame, frame
from dashboards.page import Page
from dashboards.pages import register_assets, register_discovered, register_import
from enrichment.headings import Column
from enrichment.written import unit_values
from taishi.app.alerts import AlertFilter
from taishi.app.posture import OWNERLESS, posture
from taishi.app.registry_advice import unit_warnings
from taishi.app.registry_edits import edited
from taishi.core.ports import Find
from taishi.core.records import Asset, Unit

router = APIRouter()
PAGE = Page(router, "/units", "units", "units", 40)
Seen = Annotated[Frame, Depends(frame)]

Words = Annotated[str, Form()]
#: What a form may change, in order.
COLUMNS: tuple[Column, ...] = (
    "parent", "district", "tier", "weight", "head", "head_phone", "contact", "phone", "email",
    "contact2", "phone2", "email2", "contact3", "phone3", "email3",
)  # fmt: skip
#: Alerts and letters shown on a unit's page; the lists hold the rest.
LATEST = 10


@router.get("/units")
def show(seen: Seen, text: str = "") -> HTMLResponse:
    state = seen.desk.state
    every = state.find(Unit, Find(order="name"))
    assets = Counter(asset.unit for asset in state.find(Asset))
    figures = posture(state, seen.span.window, seen.now).by_unit
    units = [unit for unit in every if text.strip().lower() in unit.name.lower()]
    waiting = len(seen.desk.check.unregistered())
    return seen.page(
        "units.html",
        waiting=waiting,
        warned={unit.id for unit in units if unit_warnings(unit)},
        units=sorted(units, key=lambda unit: (-figures.get(unit.name, 0), unit.name)),
        total=len(every),
        names={unit.id: unit.name for unit in every},
        assets=assets,
        figures=figures,
        ownerless=OWNERLESS,
        text=text,
    )


@router.post("/units")
def create(seen: Seen, name: Words = "") -> RedirectResponse:
    name = name.strip()
    seen.desk.edits.add({"unit": name}, seen.person.id)
    return seen.done(f"/units/{seen.desk.edits.unit(name).id}", "saved")


for part in (register_assets, register_import, register_discovered):
    router.include_router(part.router)


@router.post("/units/{unit_id}/set")
def change(seen: Seen, unit_id: str, form: Fields) -> RedirectResponse:
    unit = _unit(seen, unit_id)
    shown = unit_values(unit, seen.desk.register.units())
    values = edited({column: shown[column] for column in COLUMNS}, form)
    name = form.get("name", "").strip()
    seen.desk.edits.set_unit(unit, values, seen.person.id, form.get("why", ""), name)
    return seen.done(f"/units/{unit_id}", "saved")


@router.post("/units/{unit_id}/assets")
def add_asset(
    seen: Seen, unit_id: str, address: Words = "", name: Words = "", system: Words = ""
) -> RedirectResponse:
    """An address, network or range of the unit; other kinds come with a sheet or the command line."""
    unit = _unit(seen, unit_id)
    values: dict[Column, str] = {"unit": unit.name, "address": address, "name": name, "system": system}
    seen.desk.edits.add(values, seen.person.id)
    return seen.done(f"/units/{unit_id}", "saved")


def _unit(seen: Frame, unit_id: str) -> Unit:
    unit = seen.desk.state.get(Unit, unit_id)
    if unit is None:
        raise HTTPException(404)
    return unit


@router.get("/units/{unit_id}")
def open_one(seen: Seen, unit_id: str) -> HTMLResponse:
    desk = seen.desk
    unit = _unit(seen, unit_id)
    notices = [notice for notice in desk.letters.list() if notice.unit == unit.name]
    return seen.page(
        "unit.html",
        unit=unit,
        parent=desk.state.get(Unit, unit.parent) if unit.parent else None,
        assets=desk.state.find(Asset, Find(where={"unit": unit.id}, order="value")),
        alerts=desk.alerts.list(AlertFilter(seen.span.window, unit=unit.name), LATEST),
        notices=notices[:LATEST],
        notices_total=len(notices),
        warnings=unit_warnings(unit),
        values=unit_values(unit, desk.register.units()),
        columns=COLUMNS,
    )
