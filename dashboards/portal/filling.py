"""The report: one question a screen, or all on one page; kept as one types."""

from collections.abc import Mapping
from typing import cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.datastructures import UploadFile

from dashboards.portal.clerk import Clerk, NoEntry, Seen
from dashboards.portal.telling import STEPS, told, waits_for_unit
from notices.answers.form import FIELDS, OTHER
from taishi.app.refusal import Refusal
from taishi.core.clock import ZONE

router = APIRouter(prefix="/m/{notice_id}")

#: What is asked together: one screen each.
SCREENS: tuple[tuple[str, ...], ...] = (
    ("outcome",),
    ("started", "finished"),
    ("process",),
    ("cause",),
    ("rectification",),
    ("prevention",),
    ("data",),
    ("handler", "phone", "head"),
)


async def given(request: Request) -> Mapping[str, str]:
    """The form's fields of the report, as typed."""
    form = await request.form()
    known = (*FIELDS, OTHER)
    return {
        key: cast(str, form[key]) for key in known if key in form and not isinstance(form[key], UploadFile)
    }


Given = Depends(given)


@router.get("/report")
def whole(seen: Seen) -> HTMLResponse:
    _refuse_closed(seen)
    return _page(seen, "report.html", SCREENS, {})


@router.post("/report")
def keep_whole(seen: Seen, fields: Mapping[str, str] = Given) -> Response:
    _keep(seen, fields)
    wrong = seen.desk.answers.wrong(seen.notice)
    return _page(seen, "report.html", SCREENS, wrong, 422) if wrong else seen.go("papers")


@router.get("/report/{screen}")
def one(seen: Seen, screen: int) -> HTMLResponse:
    _refuse_closed(seen)
    return _screen(seen, screen, {})


@router.post("/report/{screen}")
def keep_one(seen: Seen, screen: int, fields: Mapping[str, str] = Given) -> Response:
    """On to the next question; the same one again where its answer is not right yet."""
    _keep(seen, fields)
    asked = _asked(screen)
    wrong = {key: text for key, text in seen.desk.answers.wrong(seen.notice).items() if key in asked}
    if wrong:
        return _screen(seen, screen, wrong, 422)
    return seen.go(f"report/{screen + 1}" if screen < len(SCREENS) else "papers")


@router.post("/save")
def save(seen: Seen, fields: Mapping[str, str] = Given) -> JSONResponse:
    """While one types: keeps it, and says when."""
    _refuse_closed(seen)
    draft = seen.desk.answers.save(seen.notice, fields)
    return JSONResponse({"at": draft.saved_at.astimezone(ZONE).strftime("%H:%M")})


def _keep(seen: Clerk, fields: Mapping[str, str]) -> None:
    """The first answer begins the rectification."""
    _refuse_closed(seen)
    seen.desk.answers.save(seen.notice, fields)
    if seen.notice.state in ("issued", "received"):
        seen.desk.loop.start(seen.notice.id, seen.by)


def _refuse_closed(seen: Clerk) -> None:
    if not waits_for_unit(seen.notice):
        raise Refusal(
            "本函现在不需要填报：材料已经报送，或者已经销号、撤回",
            "nothing is to be filled in now: it was handed in already, or the letter is closed or withdrawn",
        )


def _asked(screen: int) -> tuple[str, ...]:
    if not 0 < screen <= len(SCREENS):
        raise NoEntry
    return SCREENS[screen - 1]


def _screen(seen: Clerk, screen: int, wrong: Mapping[str, object], status: int = 200) -> HTMLResponse:
    return _page(seen, "question.html", (_asked(screen),), wrong, status, screen=screen, last=len(SCREENS))


def _page(
    seen: Clerk,
    template: str,
    screens: tuple[tuple[str, ...], ...],
    wrong: Mapping[str, object],
    status: int = 200,
    /,
    **values: object,
) -> HTMLResponse:
    draft = seen.desk.answers.draft(seen.notice)
    return seen.page(
        template,
        status,
        screens=[[FIELDS[key] for key in screen] for screen in screens],
        values=draft.fields,
        saved_at=draft.saved_at if draft.fields else None,
        wrong=wrong,
        told=told(seen),
        steps=STEPS,
        local_now=seen.now.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M"),
        **values,
    )
