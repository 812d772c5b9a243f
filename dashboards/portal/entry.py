"""The way in: a link or a typed code, looked at first and used up only by a person's press of a button, so
that a mail filter or a chat's preview that opens the address uses nothing up."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.frame import desk_of
from dashboards.portal.clerk import NoEntry, TooManyTries, guesses_of, is_in, let_in, place_of
from dashboards.rendering import chosen_language, render
from dashboards.security import from_here, local_path, preference
from taishi.app.desk import Desk
from taishi.core.text import Language

router = APIRouter()


@router.get("/")
def door(request: Request) -> HTMLResponse:
    """For whoever has the code on paper."""
    return _plain(request, "door.html")


@router.get("/t/{code}", response_model=None)
def look(request: Request, code: str) -> Response:
    """What the link leads to, and a button; or on to the letter where this browser is in already."""
    desk = _allowed(request)
    notice = desk.links.look(code)
    used = desk.links.used(code)
    if used and is_in(request, desk, used):
        return RedirectResponse(f"/m/{used}/", 303)
    if notice is None:
        _tell(request, desk, code)
        raise NoEntry
    return _plain(request, "link.html", code=code, notice=notice)


@router.post("/t")
def typed(request: Request, code: Annotated[str, Form()] = "") -> RedirectResponse:
    return _enter(request, code)


@router.post("/t/{code}")
def enter(request: Request, code: str) -> RedirectResponse:
    return _enter(request, code)


@router.post("/language")
def speak(
    request: Request,
    language: Annotated[Language, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the parameter's name in the form
) -> RedirectResponse:
    if not from_here(request):
        raise HTTPException(403)
    response = RedirectResponse(local_path(next), 303)
    preference(response, request, "language", language)
    return response


def _enter(request: Request, code: str) -> RedirectResponse:
    if not from_here(request):
        raise HTTPException(403)
    desk = _allowed(request)
    entered = desk.links.enter(code, place_of(request))
    if entered is None:
        _tell(request, desk, code)
        raise NoEntry
    notice, session = entered.notice, entered.session
    response = RedirectResponse(f"/m/{notice.id}/", 303)
    let_in(response, request, notice.id, entered.token, session.expires_at - session.made_at)
    return response


def _allowed(request: Request) -> Desk:
    """Raises TooManyTries."""
    if not guesses_of(request).allowed(place_of(request)):
        raise TooManyTries
    return desk_of(request)


def _tell(request: Request, desk: Desk, code: str) -> None:
    """A link that opens nothing: a line in the audit, and one more try of this address."""
    told = desk.links.refuse(code, place_of(request))
    guesses_of(request).wrong(place_of(request), known=told)


def _plain(request: Request, template: str, /, **values: object) -> HTMLResponse:
    bureau = desk_of(request).bureau
    return render(request, f"portal/{template}", chosen_language(request), 200, bureau=bureau, **values)
