"""未登记: addresses seen inside that are nobody's, and the register against reality. Part of the units."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards.frame import Frame, frame

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]
Days = Annotated[int, Form()]

#: Rows of each list on the page; the rest is counted.
SHOWN = 200


@router.get("/units/discovered")
def show(seen: Seen) -> HTMLResponse:
    check, register = seen.desk.check, seen.desk.register
    return seen.page(
        "units_discovered.html",
        waiting=check.unregistered(),
        accuracy=check.accuracy(),
        silent=check.silent(),
        gaps=check.gaps(),
        units=register.units(),
        names={unit.id: unit.name for unit in register.units()},
        shown=SHOWN,
    )


@router.post("/units/discovered/accept")
def accept(seen: Seen, address: Words = "", unit: Words = "", why: Words = "") -> RedirectResponse:
    """To the guessed unit or to the one that was chosen."""
    seen.desk.edits.accept(address, unit or None, seen.person.id, why)
    return seen.done("/units/discovered", "accepted")


@router.post("/units/discovered/ignore")
def ignore(seen: Seen, address: Words = "", days: Days = 90, why: Words = "") -> RedirectResponse:
    seen.desk.check.ignore(address, seen.now + timedelta(days=days), seen.person.id, why)
    return seen.done("/units/discovered", "ignored")
