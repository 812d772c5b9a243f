"""The way in: login, and the choice of language before it. The only pages without a session."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.frame import desk_of
from dashboards.page import pages
from dashboards.rendering import chosen_language, render
from dashboards.security import SESSION_COOKIE, from_here, keep_session, local_path, preference
from dashboards.troubles import words_of
from taishi.core.problems import Refused
from taishi.core.records import Person
from taishi.core.text import Language

router = APIRouter()


@router.get("/login")
def show(request: Request, next: str = "") -> Response:  # noqa: A002 - the parameter's name in the URL
    if desk_of(request).people.session(request.cookies.get(SESSION_COOKIE, "")):
        return RedirectResponse(local_path(next), 303)
    return _form(request, next)


@router.post("/login")
def enter(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002
) -> Response:
    if not from_here(request):
        raise HTTPException(403)
    desk = desk_of(request)
    try:
        token, session = desk.people.login(name.strip(), password)
    except Refused as refused:
        return _form(request, next, words_of(refused, chosen_language(request)), name, 401)
    person = desk.people.get(session.person)
    response = RedirectResponse(local_path(next, home_of(person)), 303)
    keep_session(response, request, token)
    return response


@router.post("/language")
def speak(
    request: Request,
    language: Annotated[Language, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> RedirectResponse:
    """Keeps the language in the browser, and with the person where somebody is logged in."""
    if not from_here(request):
        raise HTTPException(403)
    people = desk_of(request).people
    found = people.session(request.cookies.get(SESSION_COOKIE, ""))
    if found:
        people.set_language(found[0].id, language)
    response = RedirectResponse(local_path(next), 303)
    preference(response, request, "language", language)
    return response


def home_of(person: Person) -> str:
    """The first page of the rail that this person may open."""
    return next((page.path for page in pages() if page.roles & set(person.roles)), "/")


def _form(request: Request, wanted: str, wrong: str = "", name: str = "", status: int = 200) -> HTMLResponse:
    language = chosen_language(request)
    bureau = desk_of(request).bureau
    values = {"next": wanted, "wrong": wrong, "name": name, "bureau": bureau}
    return render(request, "login.html", language, status, **values)
