"""系统 → 送达: how letters leave, as the text that is edited; what is on its way and what needs a person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from dashboards.frame import Frame, frame
from dashboards.system_tab import tab_page
from dashboards.troubles import words_of
from taishi.app.delivery.settings import DEFAULT_TEXT
from taishi.app.roles import ADMIN, require
from taishi.core.problems import Problem

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

PATH = "/system/delivery"


@router.get(PATH)
def show(seen: Seen) -> HTMLResponse:
    return _page(seen, seen.desk.settings.delivery_text())


@router.post(PATH)
def save(seen: Seen, text: Words = "", why: Words = "") -> Response:
    """What cannot be used comes back as it was typed, with what is wrong with it."""
    require(seen.desk.state, seen.person, *ADMIN)
    text = text.replace("\r\n", "\n")
    try:
        seen.desk.settings.set_delivery(text, seen.person.id, why)
    except Problem as problem:
        return _page(seen, text, words_of(problem, seen.language))
    return seen.done(PATH, "saved")


def _page(seen: Frame, text: str, wrong: str = "") -> HTMLResponse:
    settings, waiting = seen.desk.settings.delivery(), seen.desk.deliveries.waiting()
    numbers = {one.notice_id: seen.desk.letters.get(one.notice_id).number for one in waiting}
    return tab_page(
        seen,
        "delivery",
        settings=settings,
        text=text,
        wrong=wrong,
        default=DEFAULT_TEXT,
        path=PATH,
        waiting=waiting,
        numbers=numbers,
    )
