"""系统 → 函件用语: the sentences of letters, seen in specimens before they are set, undone by one act."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from dashboards.frame import Frame, frame
from dashboards.system_tab import tab_page
from dashboards.troubles import words_of
from notices.content import LetterContent
from notices.texts import ours
from taishi.app.roles import ADMIN, require
from taishi.core.problems import Problem

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

PATH = "/system/texts"


@router.get(PATH)
def show(seen: Seen) -> HTMLResponse:
    return _page(seen, seen.desk.letter_texts.text())


@router.post(PATH)
def save(seen: Seen, text: Words = "", why: Words = "") -> Response:
    """What no letter may say comes back as it was typed, with what is wrong with it."""
    require(seen.desk.state, seen.person, *ADMIN)
    text = text.replace("\r\n", "\n")
    try:
        seen.desk.letter_texts.put(text, seen.person.id, why)
    except Problem as problem:
        return _page(seen, text, words_of(problem, seen.language))
    return seen.done(PATH, "saved")


@router.post(f"{PATH}/preview")
def preview(seen: Seen, text: Words = "") -> HTMLResponse:
    """A specimen of each type with these sentences; nothing is set."""
    require(seen.desk.state, seen.person, *ADMIN)
    text = text.replace("\r\n", "\n")
    try:
        made = seen.desk.letter_texts.preview(text)
    except Problem as problem:
        return _page(seen, text, words_of(problem, seen.language))
    return _page(seen, text, specimens=made)


@router.post(f"{PATH}/undo")
def undo(seen: Seen, why: Words = "") -> Response:
    require(seen.desk.state, seen.person, *ADMIN)
    seen.desk.letter_texts.undo(seen.person.id, why)
    return seen.done(PATH, "saved")


def _page(
    seen: Frame, text: str, wrong: str = "", specimens: Mapping[str, LetterContent] | None = None
) -> HTMLResponse:
    """The table is of the sentences that count, whatever the text says."""
    return tab_page(
        seen,
        "texts",
        changed=seen.desk.letter_texts.now().changed,
        ours=ours(),
        text=text,
        wrong=wrong,
        specimens=specimens or {},
        types=seen.desk.letters.types(),
        path=PATH,
    )
