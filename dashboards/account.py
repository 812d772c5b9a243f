"""What a person does with the own account: password, looks, leaving."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards.entrance import home_of
from dashboards.frame import Caller, caller
from dashboards.security import SESSION_COOKIE, local_path, preference
from dashboards.troubles import words_of
from dashboards.words import say
from taishi.core.problems import Refused

router = APIRouter()
Who = Annotated[Caller, Depends(caller)]


@router.get("/password")
def show(who: Who) -> HTMLResponse:
    return who.page("password.html", wrong="")


@router.post("/password", response_model=None)
def change(
    who: Who,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> HTMLResponse | RedirectResponse:
    """Sets a new password; other logins of the person end."""
    if new != again:
        return who.answer(422, "password.html", wrong=say("passwords_differ", who.language))
    token = who.request.cookies[SESSION_COOKIE]
    try:
        who.desk.people.change_password(who.person.id, old, new, keep=token)
    except Refused as refused:
        return who.answer(422, "password.html", wrong=words_of(refused, who.language))
    return RedirectResponse(home_of(who.person), 303)


@router.post("/logout")
def leave(who: Who) -> RedirectResponse:
    who.desk.people.logout(who.request.cookies[SESSION_COOKIE])
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.post("/theme")
def dress(
    who: Who,
    theme: Annotated[Literal["auto", "light", "dark"], Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the parameter's name in the form
) -> RedirectResponse:
    response = RedirectResponse(local_path(next), 303)
    preference(response, who.request, "theme", theme)
    return response


@router.post("/rail")
def fold(who: Who, next: Annotated[str, Form()] = "/") -> RedirectResponse:  # noqa: A002
    """Folds the rail to its icons, or opens it again."""
    response = RedirectResponse(local_path(next), 303)
    narrow = who.request.cookies.get("rail") == "narrow"
    preference(response, who.request, "rail", "wide" if narrow else "narrow")
    return response
