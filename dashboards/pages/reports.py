"""报告: the figures of a window as of a moment, each opening what is behind it; papers; published ones."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, Response

from dashboards.frame import Frame, frame
from dashboards.page import Page
from taishi.app.posture import OWNERLESS
from taishi.app.reports.desk import refuse_residual
from taishi.app.reports.papers import SUFFIXES, paper
from taishi.app.reports.papers.content import span
from taishi.app.reports.report import Report
from taishi.core.clock import ZONE
from taishi.core.incidents import INCIDENTS
from taishi.core.problems import Problem
from taishi.core.text import Language

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
PAGE = Page(router, "/reports", "reports", "reports", 90)

_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html; charset=utf-8",
}


@router.get("/reports")
def show(seen: Seen) -> HTMLResponse:
    report = _report(seen)
    return seen.page(
        "reports.html",
        report=report,
        span_said=span(report.window, seen.language),
        base_said=span(report.base.figures.window, seen.language),
        kinds=[(key, INCIDENTS[key].name.to(seen.language), n) for key, n in report.figures.by_kind.items()],
        suffixes=[suffix[1:] for suffix in SUFFIXES],
        published=list(reversed(seen.desk.reports.list())),
        ownerless=OWNERLESS,
        as_of_said=seen.request.query_params.get("as_of", ""),
    )


@router.get("/reports/paper.{suffix}")
def download(seen: Seen, suffix: str) -> Response:
    """The report of the window as a file. Refused where it does not add up."""
    kind = f".{suffix}"
    if kind not in _TYPES:
        raise HTTPException(404)
    report = _report(seen)
    refuse_residual(report)
    body = paper(report, seen.desk.bureau, kind, seen.language)
    return _file(body, _TYPES[kind], f"{_name(report, seen.language)}{kind}")


@router.get("/reports/published/{number}.json")
def published(seen: Seen, number: str) -> Response:
    """A published report, word for word."""
    document = seen.desk.reports.get(number).document
    return _file(document.encode(), "application/json", f"{number}.json")


@router.post("/reports/publish")
def publish(seen: Seen, why: Annotated[str, Form()] = "") -> Response:
    seen.desk.reports.publish(seen.span.window, seen.person.id, why.strip(), _as_of(seen))
    return seen.back("/reports", "published")


def _report(seen: Frame) -> Report:
    return seen.desk.reports.make(seen.span.window, _as_of(seen))


def _as_of(seen: Frame) -> datetime | None:
    """The moment that the URL names, in Asia/Shanghai where it names no zone. Raises Problem."""
    text = seen.request.query_params.get("as_of", "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(f"as_of={text[:40]}: give a time like 2026-11-30T18:00") from None
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def _name(report: Report, language: Language) -> str:
    return f"{'态势报告' if language == 'zh' else 'posture'} {span(report.window, language)}"


def _file(body: bytes, kind: str, name: str) -> Response:
    head = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(body, media_type=kind, headers=head)
