"""What a unit asks for beside answering: more time, another look, the same page on a telephone."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from dashboards.portal.clerk import Clerk, Seen
from dashboards.portal.telling import waits_for_unit
from dashboards.qr import picture
from taishi.app.portal.links import HANDOVER
from taishi.app.refusal import Refusal
from taishi.core.text import Text

router = APIRouter(prefix="/m/{notice_id}")
Words = Annotated[str, Form()]


@router.get("/extend")
def ask_more_time(seen: Seen) -> HTMLResponse:
    return _extend(seen, "", "")


@router.post("/extend")
def more_time(seen: Seen, why: Words = "", days: Words = "") -> Response:
    try:
        if not days.strip().isdecimal():
            raise Refusal("请填写需要延长几个工作日", "say by how many working days")
        seen.desk.loop.extend(seen.notice.id, seen.by, why, int(days))
    except Refusal as refusal:
        return _extend(seen, why, days, refusal.text, 422)
    return seen.go()


@router.get("/object")
def ask_another_look(seen: Seen) -> HTMLResponse:
    return _object(seen, "", "")


@router.post("/object")
def another_look(seen: Seen, why: Words = "", alert: Words = "") -> Response:
    try:
        seen.desk.loop.object(seen.notice.id, seen.by, why, alert or None)
    except Refusal as refusal:
        return _object(seen, why, alert, refusal.text, 422)
    return seen.go()


@router.post("/phone")
def phone(seen: Seen) -> HTMLResponse:
    """A picture to point a telephone at; it opens this letter there, once, soon."""
    code, link = seen.desk.links.hand_over(seen.session)
    portal = seen.desk.settings.delivery().portal.url or str(seen.request.base_url)
    address = f"{portal.rstrip('/')}/t/{code}"
    minutes = int(HANDOVER.total_seconds() // 60)
    return seen.page("phone.html", picture=picture(address), address=address, link=link, minutes=minutes)


def _extend(seen: Clerk, why: str, days: str, problem: Text | None = None, status: int = 200) -> HTMLResponse:
    most = seen.desk.settings.limits().extension_days - sum(one.days for one in seen.notice.extensions)
    return seen.page(
        "extend.html",
        status,
        why=why,
        days=days,
        problem=problem,
        most=most,
        open=waits_for_unit(seen.notice),
    )


def _object(
    seen: Clerk, why: str, alert: str, problem: Text | None = None, status: int = 200
) -> HTMLResponse:
    return seen.page(
        "object.html", status, why=why, alert=alert, problem=problem, open=waits_for_unit(seen.notice)
    )
