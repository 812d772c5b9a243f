"""How a letter reaches its unit: by mail, by hand, by a link of its own. Part of the letters."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards.frame import Frame, frame
from dashboards.qr import picture
from taishi.app.delivery.writing import address_of
from taishi.app.refusal import Refusal
from taishi.core.clock import ZONE

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]


@router.post("/letters/{notice_id}/mail")
def mail(seen: Seen, notice_id: str, to: Words = "") -> RedirectResponse:
    seen.desk.deliveries.mail(notice_id, seen.person.id, to or None)
    return seen.done(f"/letters/{notice_id}", "mailed")


@router.post("/letters/{notice_id}/handed")
def handed(seen: Seen, notice_id: str, to: Words = "", at: Words = "") -> RedirectResponse:
    seen.desk.deliveries.by_hand(notice_id, seen.person.id, to, _moment(at))
    return seen.done(f"/letters/{notice_id}", "handed")


@router.post("/letters/{notice_id}/bounced")
def bounced(seen: Seen, notice_id: str, delivery: Words = "", why: Words = "") -> RedirectResponse:
    seen.desk.deliveries.bounced(delivery, seen.person.id, why)
    return seen.done(f"/letters/{notice_id}", "saved")


@router.post("/letters/{notice_id}/settle")
def settle(seen: Seen, notice_id: str, delivery: Words = "", arrived: Words = "") -> RedirectResponse:
    seen.desk.deliveries.settle(delivery, seen.person.id, arrived == "yes")
    return seen.done(f"/letters/{notice_id}", "saved")


@router.post("/letters/{notice_id}/link")
def link(seen: Seen, notice_id: str, to: Words = "") -> HTMLResponse:
    """Shown this once: the store keeps its hash only."""
    code, made = seen.desk.links.make(notice_id, seen.person.id, to)
    address = address_of(seen.desk.settings.delivery(), code)
    notice = seen.desk.letters.get(notice_id)
    return seen.page(
        "letter_link.html", notice=notice, address=address, code=code, link=made, picture=picture(address)
    )


@router.post("/letters/{notice_id}/unlink")
def unlink(seen: Seen, notice_id: str, why: Words = "") -> RedirectResponse:
    seen.desk.links.end(notice_id, seen.person.id, why)
    return seen.done(f"/letters/{notice_id}", "saved")


def _moment(typed: str) -> datetime | None:
    """What a `datetime-local` field gives, in Asia/Shanghai. Raises Refusal where it is none."""
    if not typed.strip():
        return None
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=ZONE)
    except ValueError:
        raise Refusal("请填写送达的日期和时间", "give the day and the hour it was taken") from None
