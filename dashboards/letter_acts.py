"""What staff do with a letter that has left, from its page."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, UploadFile
from fastapi.responses import RedirectResponse, Response

from dashboards.frame import Frame, frame
from taishi.core.notice_records import Notice, NoticeState, Paper, PaperKind

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]


@router.post("/letters/{notice_id}/receive")
def receive(seen: Seen, notice_id: str, why: Words = "") -> RedirectResponse:
    seen.desk.loop.receive(known(seen, notice_id).id, seen.person.id, why)
    return _done(seen, notice_id, "received")


@router.post("/letters/{notice_id}/start")
def start(seen: Seen, notice_id: str) -> RedirectResponse:
    seen.desk.loop.start(known(seen, notice_id).id, seen.person.id)
    return _done(seen, notice_id, "begun")


@router.post("/letters/{notice_id}/answer")
def answer(
    seen: Seen, notice_id: str, report: UploadFile | None = None, commitment: UploadFile | None = None
) -> RedirectResponse:
    """The papers as they came by hand; either may have come before."""
    notice = known(seen, notice_id)
    papers = [*_taken(seen, notice, "disposal_report", report)]
    papers += _taken(seen, notice, "commitment_letter", commitment)
    after = seen.desk.loop.answer(notice.id, papers, seen.person.id)
    return _done(seen, notice_id, _unless(after, "answered", "sent_back"))


@router.post("/letters/{notice_id}/return")
def send_back(seen: Seen, notice_id: str, why: Words = "") -> RedirectResponse:
    seen.desk.loop.return_(known(seen, notice_id).id, seen.person.id, why)
    return _done(seen, notice_id, "sent_back")


@router.post("/letters/{notice_id}/extend")
def extend(seen: Seen, notice_id: str, days: Annotated[int, Form()], why: Words = "") -> RedirectResponse:
    seen.desk.loop.extend(known(seen, notice_id).id, seen.person.id, why, days)
    return _done(seen, notice_id, "extended")


@router.post("/letters/{notice_id}/object")
def object_(seen: Seen, notice_id: str, why: Words = "", alert: Words = "") -> RedirectResponse:
    seen.desk.loop.object(known(seen, notice_id).id, seen.person.id, why, alert or None)
    return _done(seen, notice_id, "objected")


@router.post("/letters/{notice_id}/objection")
def settle(seen: Seen, notice_id: str, accepted: Words = "", why: Words = "") -> RedirectResponse:
    seen.desk.loop.settle(known(seen, notice_id).id, seen.person.id, accepted == "yes", why)
    return _done(seen, notice_id, "settled")


@router.post("/letters/{notice_id}/recheck")
def recheck(seen: Seen, notice_id: str, retest: UploadFile | None = None) -> RedirectResponse:
    """With the record of a retest that was passed, or on quiet that was watched."""
    notice = known(seen, notice_id)
    paper = next(iter(_taken(seen, notice, "retest", retest)), None)
    after = seen.desk.loop.recheck(notice.id, seen.person.id, paper)
    return _done(seen, notice_id, _unless(after, "rechecked", "seen_again"))


@router.post("/letters/{notice_id}/close")
def close(seen: Seen, notice_id: str) -> RedirectResponse:
    after = seen.desk.loop.close(known(seen, notice_id).id, seen.person.id)
    return _done(seen, notice_id, _unless(after, "closed", "seen_again"))


@router.post("/letters/{notice_id}/reopen")
def reopen(seen: Seen, notice_id: str, why: Words = "") -> RedirectResponse:
    seen.desk.loop.reopen(known(seen, notice_id).id, why, seen.person.id)
    return _done(seen, notice_id, "reopened")


@router.post("/letters/{notice_id}/bounce")
def bounce(seen: Seen, notice_id: str, why: Words = "") -> RedirectResponse:
    seen.desk.loop.bounce(known(seen, notice_id).id, seen.person.id, why)
    return _done(seen, notice_id, "bounced")


@router.get("/letters/{notice_id}/papers/{paper_id}")
def paper(seen: Seen, notice_id: str, paper_id: str) -> Response:
    """A paper as the unit sent it, to be saved: never shown within the console."""
    found = seen.desk.state.get(Paper, paper_id)
    if found is None or found.notice_id != known(seen, notice_id).id:
        raise HTTPException(404)
    return file_answer(seen.desk.loop.papers.read(found), found.media_type, found.name)


def known(seen: Frame, notice_id: str) -> Notice:
    """404 where there is no such letter."""
    notice = seen.desk.state.get(Notice, notice_id)
    if notice is None:
        raise HTTPException(404)
    return notice


def file_answer(body: bytes, kind: str, name: str) -> Response:
    """RFC 6266: the name in UTF-8, for browsers that save it."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(body, media_type=kind, headers={"Content-Disposition": disposition})


def _taken(seen: Frame, notice: Notice, kind: PaperKind, sent: UploadFile | None) -> Iterator[Paper]:
    """The paper, where a file was chosen. Raises Problem for what is not taken."""
    if sent is not None and sent.filename:
        with _laid_down(sent) as path:
            now = seen.desk.clock.now()
            yield seen.desk.loop.papers.take(notice, kind, path, sent.filename, seen.person.id, now)


@contextmanager
def _laid_down(sent: UploadFile) -> Iterator[Path]:
    """The upload as a file of our own account, as long as it is looked at."""
    with tempfile.NamedTemporaryFile(prefix="taishi-paper-") as file:
        while piece := sent.file.read(1 << 20):
            file.write(piece)
        file.flush()
        yield Path(file.name)


def _unless(notice: Notice, state: NoticeState, other: str) -> str:
    return state if notice.state == state else other


def _done(seen: Frame, notice_id: str, what: str) -> RedirectResponse:
    return seen.done(f"/letters/{notice_id}", what)
