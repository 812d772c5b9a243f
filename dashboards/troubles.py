"""What goes wrong becomes a page that says what happened, that nothing was changed, and what to do."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from dashboards.frame import ForgedForm, NeedsLogin, NeedsPassword, desk_of
from dashboards.rendering import chosen_language, render
from dashboards.security import SESSION_COOKIE
from dashboards.words import say, words
from taishi.app.refusal import Refusal
from taishi.core.problems import Problem, Refused
from taishi.core.text import Language


def words_of(problem: Problem, language: Language) -> str:
    """A problem in one language, where it knows it, else as it is."""
    return problem.text.to(language) if isinstance(problem, Refusal) else str(problem)


def install(app: FastAPI) -> None:
    """Registers a page for everything that can go wrong."""
    app.add_exception_handler(NeedsLogin, _to_login)
    app.add_exception_handler(NeedsPassword, _to_password)
    app.add_exception_handler(ForgedForm, _forged)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _broken)


def _to_login(request: Request, _: Exception) -> Response:
    wanted = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        wanted += f"?{request.url.query}"
    return _go(request, "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}")


def _to_password(request: Request, _: Exception) -> Response:
    return _go(request, "/password")


def _go(request: Request, where: str) -> Response:
    """A part of a page cannot be redirected to a whole one: htmx is told to go there itself."""
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": where})
    return RedirectResponse(where, 303)


def _forged(request: Request, _: Exception) -> Response:
    return _page(request, 403, "trouble.forged")


def _problem(request: Request, problem: Exception) -> Response:
    status = 409 if isinstance(problem, Refused) else 400
    said = words_of(problem, language_of(request)) if isinstance(problem, Problem) else ""
    return _page(request, status, "trouble.refused" if status == 409 else "trouble.problem", said)


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    key = f"trouble.{status}"
    return _page(request, status, key if f"{key}.title" in words() else "trouble.problem")


def _unreadable(request: Request, error: Exception) -> Response:
    wrong = error.errors() if isinstance(error, RequestValidationError) else []
    fields = ", ".join(str(each["loc"][-1]) for each in wrong)
    return _page(request, 400, "trouble.problem", fields)


def _broken(request: Request, _: Exception) -> Response:
    return _page(request, 500, "trouble.500")


def _page(request: Request, status: int, key: str, said: str = "") -> HTMLResponse:
    language = language_of(request)
    title, advice = say(f"{key}.title", language), say(f"{key}.advice", language)
    template = "trouble_part.html" if request.headers.get("hx-target") == "beside" else "trouble.html"
    acted = request.method == "POST"
    return render(request, template, language, status, title=title, said=said, advice=advice, acted=acted)


def language_of(request: Request) -> Language:
    """The person's language, the browser's where nobody is logged in."""
    found = desk_of(request).people.session(request.cookies.get(SESSION_COOKIE, ""))
    return found[0].language if found else chosen_language(request)
