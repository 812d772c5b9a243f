"""What every page stands in: who looks, in which language, over which time, and the rail around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import compare_digest
from typing import cast
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Request
from fastapi.params import Depends as DependsMarker
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards import telling
from dashboards.page import Page, pages
from dashboards.rendering import render
from dashboards.security import SESSION_COOKIE
from dashboards.span import Span, span_of
from dashboards.words import words
from taishi.app.desk import Desk
from taishi.core.records import Person, Role, Session
from taishi.core.text import Language


class NeedsLogin(Exception):
    """Nobody is logged in."""


class NeedsPassword(Exception):
    """The first password has not been changed yet."""


class ForgedForm(Exception):
    """A form came without the session's own token."""


@dataclass(frozen=True)
class Caller:
    """Somebody with a session."""

    desk: Desk
    request: Request
    person: Person
    session: Session

    @property
    def language(self) -> Language:
        return self.person.language

    def page(self, template: str, /, **values: object) -> HTMLResponse:
        return self.answer(200, template, **values)

    def answer(self, status: int, template: str, /, **values: object) -> HTMLResponse:
        """A page with another status than 200."""
        return render(self.request, template, self.language, status, frame=self, **values)


@dataclass(frozen=True)
class Frame(Caller):
    """A caller on a page of the console."""

    now: datetime
    span: Span

    @property
    def home(self) -> str:
        return self.to(next((page.path for page, _ in self.rail()), "/"))

    @property
    def said(self) -> str:
        """What an act that led here did; nothing where the URL says something unknown."""
        done = self.request.query_params.get("done", "")
        return done if f"done.{done}" in words() else ""

    def in_page(self, page: Page) -> bool:
        """Whether the page stands behind this item of the rail."""
        path = self.request.url.path
        return path == page.path or (page.path != "/" and path.startswith(f"{page.path}/"))

    def ago(self, at: datetime) -> str:
        return telling.ago(at, self.now, self.language)

    def may(self, *roles: Role) -> bool:
        return bool(set(self.person.roles) & {*roles, "admin"})

    def rail(self) -> list[tuple[Page, int]]:
        """The items this person may open, with what waits there."""
        seen = [page for page in pages() if page.roles & set(self.person.roles)]
        window = self.span.window
        return [(page, page.count(self.desk, window, self.now) if page.count else 0) for page in seen]

    def to(self, path: str, **params: object) -> str:
        """An address on this console that keeps the time window; empty parameters are left out."""
        return _address(path, {**self.span.params, **params})

    def address(self, path: str, **changes: object) -> str:
        """An address that carries this page's whole query along, with some parameters changed (None
        takes one away); `done` never stays."""
        return _address(path, {**self.request.query_params, "done": None, **changes})

    def here(self, **changes: object) -> str:
        """This very page with some parameters changed."""
        return self.address(self.request.url.path, **changes)

    def done(self, path: str, what: str, **params: object) -> RedirectResponse:
        """To a page after an act; the page then says what was done."""
        return RedirectResponse(self.to(path, **params, done=what), 303)

    def back(self, path: str, what: str) -> RedirectResponse:
        """Like `done`, with all that the form's own address carried: the list stays as it was."""
        return RedirectResponse(self.address(path, done=what), 303)

    @property
    def beside(self) -> bool:
        """Whether only the detail beside a list is asked for, not the whole page."""
        return self.request.headers.get("hx-target") == "beside"


def _address(path: str, params: Mapping[str, object]) -> str:
    given = {name: str(value) for name, value in params.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def desk_of(request: Request) -> Desk:
    return cast(Desk, request.app.state.desk)


async def guard_forms(request: Request) -> None:
    """Reads a form's token early, so that `caller` can compare it with the session's."""
    if request.method == "POST":
        form = await request.form()
        request.state.csrf = str(form.get("csrf", ""))


def caller(request: Request, _: None = Depends(guard_forms)) -> Caller:
    """Who calls. Raises NeedsLogin, or ForgedForm where a form lacks its token."""
    desk = desk_of(request)
    found = desk.people.session(request.cookies.get(SESSION_COOKIE, ""))
    if found is None:
        raise NeedsLogin
    person, session = found
    if request.method == "POST" and not compare_digest(request.state.csrf.encode(), session.csrf.encode()):
        raise ForgedForm
    return Caller(desk, request, person, session)


def frame(request: Request, who: Caller = Depends(caller)) -> Frame:
    """The frame of a page. Raises NeedsPassword, 403 where the person's roles do not open it, Problem."""
    if who.person.must_change:
        raise NeedsPassword
    now = who.desk.clock.now()
    return Frame(who.desk, request, who.person, who.session, now, span_of(request.query_params, now))


def page_guard(page: Page) -> DependsMarker:
    """A dependency that lets in only the roles of that page."""

    def guard(seen: Frame = Depends(frame)) -> None:
        if not page.roles & set(seen.person.roles):
            raise HTTPException(403)

    return DependsMarker(guard)
