"""Whoever comes with a link's session, at one letter; and the one page for all who may not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import compare_digest
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from dashboards.frame import ForgedForm, desk_of, guard_forms
from dashboards.rendering import chosen_language, render
from taishi.app.desk import Desk
from taishi.app.portal.answers import actor_of
from taishi.app.portal.guesses import Guesses
from taishi.core.clock import ZONE
from taishi.core.notice_records import Notice
from taishi.core.portal_records import PortalSession
from taishi.core.text import Language

_COOKIE = "taishi_matter_"


class NoEntry(Exception):
    """Nothing here for whoever asks: one page, whatever was wrong."""


class TooManyTries(Exception):
    """So many wrong codes from one address that it has to wait."""


@dataclass(frozen=True)
class Clerk:
    """Somebody of the unit before its letter."""

    desk: Desk
    request: Request
    notice: Notice
    session: PortalSession
    now: datetime

    @property
    def language(self) -> Language:
        return chosen_language(self.request)

    @property
    def by(self) -> str:
        """How the acts name them."""
        return actor_of(self.desk.state, self.notice)

    def moment(self, at: datetime) -> str:
        """`11月20日 17:30`; with the year where it is another one."""
        local, now = at.astimezone(ZONE), self.now.astimezone(ZONE)
        if self.language == "en":
            return local.strftime("%Y-%m-%d %H:%M")
        year = "" if local.year == now.year else f"{local.year}年"
        return f"{year}{local.month}月{local.day}日 {local:%H:%M}"

    def to(self, path: str = "") -> str:
        """An address at this letter."""
        return f"/m/{self.notice.id}/{path}"

    def page(self, template: str, status: int = 200, /, **values: object) -> HTMLResponse:
        bureau = self.desk.bureau
        return render(
            self.request,
            f"portal/{template}",
            self.language,
            status,
            frame=self,
            notice=self.notice,
            bureau=bureau,
            **values,
        )

    def go(self, path: str = "") -> RedirectResponse:
        return RedirectResponse(self.to(path), 303)


def guesses_of(request: Request) -> Guesses:
    return cast(Guesses, request.app.state.guesses)


def place_of(request: Request) -> str:
    """The address somebody comes from, as the server or the proxy before it tells."""
    return request.client.host if request.client else "-"


def clerk(request: Request, notice_id: str, _: None = Depends(guard_forms)) -> Clerk:
    """Raises NoEntry without a session of this letter, ForgedForm where a form lacks its token."""
    desk = desk_of(request)
    found = desk.links.session(notice_id, request.cookies.get(f"{_COOKIE}{notice_id}", ""))
    if found is None:
        _turn_away(request, desk)
        raise NoEntry
    notice, session = found
    if request.method == "POST" and not compare_digest(request.state.csrf.encode(), session.csrf.encode()):
        raise ForgedForm
    return Clerk(desk, request, notice, session, desk.clock.now())


Seen = Annotated[Clerk, Depends(clerk)]


def _turn_away(request: Request, desk: Desk) -> None:
    """Counts and tells it, by the letter where this browser is in. Raises TooManyTries."""
    place, guesses = place_of(request), guesses_of(request)
    if not guesses.allowed(place):
        raise TooManyTries
    own = next((id_ for id_ in _letters_in(request) if is_in(request, desk, id_)), "")
    guesses.wrong(place, known=bool(own))
    if own:
        desk.links.tell(own, "another letter", place)


def _letters_in(request: Request) -> list[str]:
    names = (name for name in request.cookies if name.startswith(_COOKIE))
    return [name.removeprefix(_COOKIE) for name in names][:20]


def is_in(request: Request, desk: Desk, notice_id: str) -> bool:
    """Whether this browser has a session of that letter."""
    return desk.links.session(notice_id, request.cookies.get(f"{_COOKIE}{notice_id}", "")) is not None


def let_in(response: Response, request: Request, notice_id: str, token: str, lasts: timedelta) -> None:
    """The session's token as a cookie that scripts cannot read and other sites cannot send with forms."""
    response.set_cookie(
        f"{_COOKIE}{notice_id}",
        token,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def let_out(response: Response, notice_id: str) -> None:
    response.delete_cookie(f"{_COOKIE}{notice_id}", path="/")
