"""The letter: what it is about, in full, as a file; the unit's receipt for it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.portal.clerk import NoEntry, Seen, let_out
from dashboards.portal.telling import STEPS, told, waits_for_unit
from dashboards.words import say
from taishi.core.notice_records import PAPER_NAMES, PaperKind
from taishi.core.problems import Problem
from taishi.kit.papers.paper import MEDIA_TYPES

router = APIRouter(prefix="/m/{notice_id}")
Words = Annotated[str, Form()]
#: The forms a unit may print, by the name in the address.
_FORMS: dict[str, PaperKind] = {"report": "disposal_report", "pledge": "commitment_letter"}


@router.get("/")
def home(seen: Seen) -> HTMLResponse:
    """What is to be done next; what was handed in, once everything is."""
    answers, notice = seen.desk.answers, seen.notice
    steps = list(seen.desk.loop.history(notice.id))
    back = steps[-1] if steps and steps[-1].move == "return" else None
    return seen.page(
        "home.html",
        told=told(seen),
        open=waits_for_unit(notice),
        wrong=answers.wrong(notice),
        missing=answers.missing(notice),
        begun=any(answers.draft(notice).fields.values()),
        receipts=answers.receipts(notice),
        returned=_reasons(back.why, seen.language) if back else [],
        steps=STEPS,
    )


@router.post("/receive")
def receive(seen: Seen, name: Words = "", phone: Words = "") -> Response:
    """签收."""
    if not name.strip():
        return seen.page(
            "receive.html", 422, name=name, phone=phone, problem=say("portal.need_name", seen.language)
        )
    said = f"门户签收 {name.strip()[:40]} {phone.strip()[:40]}".strip()
    seen.desk.loop.receive(seen.notice.id, seen.by, said)
    return seen.go()


@router.get("/letter")
def letter(seen: Seen) -> HTMLResponse:
    return seen.page("letter.html", content=seen.desk.letters.content(seen.notice.id))


@router.get("/letter.pdf")
def letter_file(seen: Seen) -> Response:
    """The letter as PDF; as DOCX on a machine that cannot make one."""
    letters, name = seen.desk.letters, f"{seen.notice.number}-{seen.notice.unit}".replace("/", "-")
    try:
        return attached(letters.pdf(seen.notice.id), MEDIA_TYPES["pdf"], f"{name}.pdf")
    except Problem:
        return attached(letters.docx(seen.notice.id), MEDIA_TYPES["docx"], f"{name}.docx")


@router.get("/forms/{name}.docx")
def form(seen: Seen, name: str) -> Response:
    """A form to print: the report has what is filled in so far."""
    kind = _FORMS.get(name)
    if kind is None:
        raise NoEntry
    body = seen.desk.answers.blank(seen.notice, kind)
    return attached(body, MEDIA_TYPES["docx"], f"{PAPER_NAMES[kind].zh}-{seen.notice.unit}.docx")


@router.post("/leave")
def leave(seen: Seen) -> RedirectResponse:
    """Ends this browser's session: for a computer that others use."""
    seen.desk.links.leave(seen.session)
    response = RedirectResponse("/", 303)
    let_out(response, seen.notice.id)
    return response


def attached(body: bytes, kind: str, name: str) -> Response:
    """Always saved, never shown by the browser as a page of ours (RFC 6266)."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(body, media_type=kind, headers={"Content-Disposition": disposition})


def _reasons(why: str, language: str) -> list[str]:
    """A return's reasons, one a line, in one language where both stand there."""
    zh, _, en = why.partition(" / ")
    text = en if language == "en" and en else zh
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]
