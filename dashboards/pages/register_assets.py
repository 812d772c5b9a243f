"""资产 beside their units: the list with a search, one asset with whose it was when. Part of the units."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards.fields import Fields
from dashboards.frame import Frame, frame
from enrichment.headings import Column
from enrichment.written import asset_values
from taishi.app.alerts import AlertFilter
from taishi.app.registry_advice import masked
from taishi.app.registry_edits import edited
from taishi.core.clock import ZONE
from taishi.core.problems import Problem
from taishi.core.records import Asset
from taishi.core.register_records import Sighting

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

#: Assets a page, and alerts beside one.
PAGE_SIZE, LATEST = 200, 10
#: What a form may change, in order; `user_phone` is written anew, never shown.
COLUMNS: tuple[Column, ...] = (
    "name", "system", "tier", "grade", "filing", "assessed", "tags", "vendor", "addressing", "note", "user",
    "valid_from", "valid_to",
)  # fmt: skip


@router.get("/units/assets")
def show(seen: Seen, text: str = "", tag: str = "", page: int = 1) -> HTMLResponse:
    register = seen.desk.register
    names = {unit.id: unit.name for unit in register.units()}
    every, wanted = register.assets(), text.strip().lower()
    found = [one for one in every if (not tag or tag in one.tags) and wanted in _searched(one, names)]
    page = min(max(1, page), 10_000)
    return seen.page(
        "assets.html",
        assets=found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        total=len(found),
        page=page,
        more=len(found) > page * PAGE_SIZE,
        names=names,
        text=text,
        tag=tag,
        registered=len(every),
    )


def _searched(one: Asset, names: dict[str, str]) -> str:
    words = (
        one.value,
        one.name,
        one.system,
        names.get(one.unit),
        one.vendor,
        one.user,
        one.filing,
        *one.tags,
    )
    return " ".join(filter(None, words)).lower()


@router.get("/units/assets/{asset_id}")
def open_one(seen: Seen, asset_id: str) -> HTMLResponse:
    asset = _asset(seen, asset_id)
    desk = seen.desk
    alerts = desk.alerts.list(AlertFilter(text=asset.value), LATEST)
    return seen.page(
        "asset.html",
        asset=asset,
        phone=masked(asset.phone),
        names={unit.id: unit.name for unit in desk.register.units()},
        history=desk.edits.history(asset),
        values=asset_values(asset),
        columns=COLUMNS,
        alerts=alerts,
        sighting=desk.state.get(Sighting, asset.value),
        today=seen.now.astimezone(ZONE).date(),
    )


@router.post("/units/assets/{asset_id}/set")
def change(seen: Seen, asset_id: str, form: Fields) -> RedirectResponse:
    asset = _asset(seen, asset_id)
    values = edited({column: asset_values(asset)[column] for column in COLUMNS}, form)
    if form.get("user_phone", "").strip():
        values["user_phone"] = form["user_phone"]
    seen.desk.edits.set_asset(asset, values, seen.person.id, form.get("why", ""))
    return seen.done(f"/units/assets/{asset_id}", "saved")


@router.post("/units/assets/{asset_id}/transfer")
def transfer(seen: Seen, asset_id: str, to: Words = "", at: Words = "", why: Words = "") -> RedirectResponse:
    edits = seen.desk.edits
    moved, _ = edits.transfer(_asset(seen, asset_id), edits.unit(to), _moment(at, seen), seen.person.id, why)
    return seen.done(f"/units/assets/{moved.id}", "transferred")


@router.post("/units/assets/{asset_id}/end")
def end(seen: Seen, asset_id: str, why: Words = "") -> RedirectResponse:
    asset = _asset(seen, asset_id)
    seen.desk.edits.end(asset, seen.now, seen.person.id, why)
    return seen.done(f"/units/{asset.unit}", "asset_ended")


def _asset(seen: Frame, asset_id: str) -> Asset:
    asset = seen.desk.state.get(Asset, asset_id)
    if asset is None:
        raise HTTPException(404)
    return asset


def _moment(text: str, seen: Frame) -> datetime:
    """The beginning of a day in Asia/Shanghai; now where none is named."""
    if not text.strip():
        return seen.now
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)
    except ValueError:
        raise Problem(f"{text}: 不是日期 / no date like 2026-05-01") from None
