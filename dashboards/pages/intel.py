"""情报: where it comes from, what it says, what warninglists do to it, and what is known of a value."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards.frame import Frame, frame
from dashboards.page import Page
from enrichment.attack import NOTICE
from enrichment.geography import credit, not_available
from enrichment.intel.warninglists import SETTINGS
from taishi.app.hand_entries import DAYS, PURPOSES
from taishi.core.ports import Sought
from taishi.core.records import LEVELS

router = APIRouter()
PAGE = Page(router, "/intel", "intel", "intel", 75)
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]
Days = Annotated[int, Form()]

#: Indicators shown of each kind; `taishi intel find` has the rest.
MOST = 200


@router.get("/intel")
def show(seen: Seen, q: str = "") -> HTMLResponse:
    """Sources and, where something is asked for, what is known of it."""
    intel, asked = seen.desk.intel, q.strip()
    places = seen.desk.places.now()
    return seen.page(
        "intel.html",
        sources=intel.sources(),
        names=_names(seen),
        asked=asked,
        known=intel.known(asked)[:MOST] if asked else [],
        place=seen.desk.places.told(asked) if asked else None,
        geography=places.files,
        geography_problems=seen.desk.places.unreadable(),
        credit=credit(places.files),
        not_available=not_available(places.files),
        attack_notice=NOTICE,
    )


@router.get("/intel/entered")
def entered(seen: Seen) -> HTMLResponse:
    """Indicators that somebody here entered."""
    found = seen.desk.hand_entries.all()
    return seen.page("intel_entered.html", entered=found, purposes=PURPOSES, days=DAYS.days)


@router.post("/intel/entered")
def enter(
    seen: Seen, values: Words = "", purpose: Words = "", level: Words = "", days: Days = 0, why: Words = ""
) -> RedirectResponse:
    seen.desk.hand_entries.enter(
        values.splitlines(),
        why,
        seen.person.id,
        until=seen.now + timedelta(days=days),
        level=next((one for one in LEVELS if one == level), "medium"),
        purpose=next((one for one in PURPOSES if one == purpose), "control"),
    )
    return seen.done("/intel/entered", "entered")


@router.post("/intel/entered/{entry}/withdraw")
def withdraw(seen: Seen, entry: str, why: Words = "") -> RedirectResponse:
    seen.desk.hand_entries.withdraw(entry, seen.person.id, why)
    return seen.done("/intel/entered", "withdrawn_entry")


@router.get("/intel/graded")
def graded(seen: Seen) -> HTMLResponse:
    """Indicators that lists silence or lower, with the reasons."""
    store = seen.desk.intel.store
    return seen.page(
        "intel_graded.html",
        names=_names(seen),
        silenced=store.find(Sought(marked="silenced", limit=MOST)),
        lowered=store.find(Sought(marked="lowered", limit=MOST)),
        silenced_n=store.count(Sought(marked="silenced")),
        lowered_n=store.count(Sought(marked="lowered")),
    )


@router.get("/intel/lists")
def lists(seen: Seen) -> HTMLResponse:
    """Every warninglist and what it does."""
    return seen.page("intel_lists.html", lists=seen.desk.intel.lists(), settings=SETTINGS)


@router.post("/intel/lists/{slug}")
def set_list(seen: Seen, slug: str, effect: Words = "") -> RedirectResponse:
    seen.desk.intel.set_list(slug, effect, seen.person.id)
    return seen.done("/intel/lists", "saved")


@router.post("/intel/{name}/sync")
def sync(seen: Seen, name: str) -> RedirectResponse:
    """Makes a source due: the service reads it within seconds."""
    seen.desk.intel.hasten(name, seen.person.id)
    return seen.done("/intel", "hastened")


def _names(seen: Frame) -> dict[str, str]:
    return {one.source.id: one.source.name for one in seen.desk.intel.sources()}
