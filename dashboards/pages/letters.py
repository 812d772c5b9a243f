"""通报: letters to units, from draft to closure; each is shown as it will lie on the unit's desk."""

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards import weekly
from dashboards.frame import Frame, frame
from dashboards.letter_acts import file_answer, known
from dashboards.letter_acts import router as acts
from dashboards.letter_life import life_of
from dashboards.page import Page
from dashboards.pages import letter_delivery
from dashboards.troubles import words_of
from notices.content import LetterContent, text_hash
from taishi.app.desk import Desk
from taishi.app.evidence_file.making import make_evidence
from taishi.core.notice_records import Notice, NoticeState
from taishi.core.problems import Problem

router = APIRouter()
router.include_router(acts)
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

STATES: tuple[NoticeState, ...] = get_args(NoticeState)
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _drafted(desk: Desk, *_: object) -> int:
    return len(desk.letters.list("drafted"))


PAGE = Page(router, "/letters", "letters", "letters", 50, count=_drafted)
router.include_router(letter_delivery.router)
router.include_router(weekly.router)


@router.get("/letters")
def show(seen: Seen, state: str = "", unit: str = "", text: str = "", overdue: bool = False) -> HTMLResponse:
    found = [each for each in seen.desk.letters.list() if _fits(each, unit, text)]
    late = [each for each in found if each.overdue(seen.now)]
    every = late if overdue else found
    chosen = next((name for name in STATES if name == state), None)
    return seen.page(
        "letters.html",
        notices=[each for each in every if chosen is None or each.state == chosen],
        totals={name: sum(each.state == name for each in every) for name in STATES},
        total=len(every),
        state=chosen,
        unit=unit,
        text=text,
        late=len(late),
        overdue=overdue,
        types=seen.desk.letters.types(),
    )


@router.get("/letters/{notice_id}")
def open_one(seen: Seen, notice_id: str) -> HTMLResponse:
    notice = known(seen, notice_id)
    content, wrong = _content(seen, notice)
    return seen.page(
        "letter.html",
        notice=notice,
        life=life_of(seen, notice),
        content=content,
        wrong=wrong,
        text_hash=text_hash(content) if content else "",
        types=seen.desk.letters.types(),
    )


@router.get("/letters/{notice_id}/{name}.docx")
def docx(seen: Seen, notice_id: str, name: str) -> Response:  # noqa: ARG001 - the name is for the reader
    notice = known(seen, notice_id)
    return file_answer(seen.desk.letters.docx(notice.id), _DOCX, f"{_file_name(notice)}.docx")


@router.get("/letters/{notice_id}/{name}.pdf")
def pdf(seen: Seen, notice_id: str, name: str) -> Response:  # noqa: ARG001
    notice = known(seen, notice_id)
    return file_answer(seen.desk.letters.pdf(notice.id), "application/pdf", f"{_file_name(notice)}.pdf")


@router.post("/letters/{notice_id}/evidence")
def evidence(seen: Seen, notice_id: str, why: Words = "") -> Response:
    """The evidence file. A form, not a link: every download stands in the audit."""
    notice = known(seen, notice_id)
    body = make_evidence(seen.desk, notice.id, seen.person.id, why)
    return file_answer(body, "application/zip", f"{_file_name(notice)}-证据包.zip")


@router.post("/letters/{notice_id}/approve")
def approve(seen: Seen, notice_id: str, text_hash: Words = "") -> RedirectResponse:
    """Approves exactly the text with that hash: the one the page showed."""
    notice = seen.desk.letters.approve(known(seen, notice_id).id, seen.person.id, text_hash)
    return seen.done(f"/letters/{notice.id}", "approved")


@router.post("/letters/{notice_id}/issue")
def issue(seen: Seen, notice_id: str) -> RedirectResponse:
    notice = seen.desk.letters.issue(known(seen, notice_id).id, seen.person.id)
    return seen.done(f"/letters/{notice.id}", "issued")


@router.post("/letters/{notice_id}/withdraw")
def withdraw(seen: Seen, notice_id: str, why: Words = "") -> RedirectResponse:
    notice = seen.desk.letters.withdraw(known(seen, notice_id).id, seen.person.id, why)
    return seen.done(f"/letters/{notice.id}", "withdrawn")


def _content(seen: Frame, notice: Notice) -> tuple[LetterContent | None, str]:
    """What the letter says, or why it cannot be set (its lint refuses it)."""
    try:
        return seen.desk.letters.content(notice.id), ""
    except Problem as problem:
        return None, words_of(problem, seen.language)


def _fits(notice: Notice, unit: str, text: str) -> bool:
    told = (
        notice.number or "",
        notice.title,
        notice.unit,
        notice.id,
        *(item.address for item in notice.items),
    )
    return (not unit or notice.unit == unit) and any(text.strip().lower() in each.lower() for each in told)


def _file_name(notice: Notice) -> str:
    return f"{notice.number or notice.id}-{notice.unit}".replace("/", "-")
