"""Papers beside the report, a last look at everything, and the receipt."""

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.portal.clerk import Clerk, NoEntry, Seen
from dashboards.portal.reading import attached
from dashboards.portal.telling import told, waits_for_unit
from notices.answers.form import ANSWERED
from taishi.app.portal.answers import MOST_PAPERS
from taishi.app.refusal import Refusal
from taishi.core.text import Text
from taishi.kit.papers.paper import LARGEST

router = APIRouter(prefix="/m/{notice_id}")
Kind = Literal["disposal_report", "commitment_letter", "other"]


@router.get("/papers")
def papers(seen: Seen) -> HTMLResponse:
    return _papers(seen)


@router.post("/papers")
def lay(seen: Seen, kind: Annotated[Kind, Form()], paper: UploadFile | None = None) -> Response:
    """One file, looked at before it is kept; what is wrong with it is said beside its button."""
    if not waits_for_unit(seen.notice):
        return seen.go()
    if paper is None or not paper.filename:
        return _papers(seen, {kind: Text("请先选择文件，再按上传", "choose a file first, then upload")}, 422)
    with tempfile.NamedTemporaryFile(prefix="taishi-paper-") as room:
        while chunk := paper.file.read(1 << 20):
            room.write(chunk)
        room.flush()
        try:
            seen.desk.answers.attach(seen.notice, kind, paper.filename, Path(room.name))
        except Refusal as refusal:
            return _papers(seen, {kind: refusal.text}, 422)
    return seen.go(f"papers?laid={kind}")


@router.post("/papers/remove")
def remove(seen: Seen, paper: Annotated[str, Form()]) -> RedirectResponse:
    seen.desk.answers.detach(seen.notice, paper)
    return seen.go("papers")


@router.get("/papers/{paper_id}")
def look(seen: Seen, paper_id: str) -> Response:
    """One's own paper back, as it was sent."""
    draft, receipts = seen.desk.answers.draft(seen.notice), seen.desk.answers.receipts(seen.notice)
    for one in (*draft.papers, *(paper for receipt in receipts for paper in receipt.papers)):
        if one.id == paper_id:
            return attached(seen.desk.loop.papers.read(one), one.media_type, one.name)
    raise NoEntry


@router.get("/check")
def check(seen: Seen) -> HTMLResponse:
    """Everything once more; what is missing is named and linked."""
    answers = seen.desk.answers
    draft = answers.draft(seen.notice)
    return seen.page(
        "check.html",
        asked=ANSWERED,
        values=draft.fields,
        papers=draft.papers,
        wrong=answers.wrong(seen.notice),
        missing=answers.missing(seen.notice),
        faults=answers.faults(seen.notice),
        open=waits_for_unit(seen.notice),
    )


@router.post("/check")
def hand_in(seen: Seen) -> RedirectResponse:
    _, receipt = seen.desk.answers.hand_in(seen.notice)
    return seen.go(f"done/{receipt.id}")


@router.get("/done/{number}")
def done(seen: Seen, number: str) -> HTMLResponse:
    for receipt in seen.desk.answers.receipts(seen.notice):
        if receipt.id == number:
            report = next((one for one in receipt.papers if one.kind == "disposal_report"), None)
            fields = report.fields if report else {}
            return seen.page("done.html", receipt=receipt, asked=ANSWERED, values=fields)
    raise NoEntry


def _papers(seen: Clerk, wrong: dict[str, Text] | None = None, status: int = 200) -> HTMLResponse:
    return seen.page(
        "papers.html",
        status,
        papers=seen.desk.answers.draft(seen.notice).papers,
        wrong=wrong or {},
        laid=seen.request.query_params.get("laid", ""),
        open=waits_for_unit(seen.notice),
        told=told(seen),
        largest=LARGEST,
        most=MOST_PAPERS,
    )
