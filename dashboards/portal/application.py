"""The portal as an ASGI application of its own: it can answer on an address apart from the console."""

from functools import partial

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from dashboards.assets import STATIC, Fingerprinted
from dashboards.body_limit import BodyLimit
from dashboards.frame import ForgedForm, desk_of
from dashboards.portal import asking, entry, filling, handing, reading
from dashboards.portal.clerk import NoEntry, TooManyTries
from dashboards.rendering import chosen_language, render
from dashboards.security import SafeHeaders
from dashboards.troubles import words_of
from taishi.app.desk import Desk
from taishi.app.portal.guesses import Guesses
from taishi.core.problems import Problem
from taishi.kit.papers.paper import LARGEST

#: Bytes of one request: a paper, and the fields around it.
MOST_BYTES = LARGEST + (1 << 20)


def create_portal(desk: Desk) -> FastAPI:
    """Nothing here leads to the console. The caller owns the desk and closes it after the application."""
    app = FastAPI(title="Taishi portal", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.guesses = Guesses(
        desk.clock, lambda place, count: desk.links.tell("-", "unknown", place, count)
    )
    app.add_middleware(GZipMiddleware, minimum_size=2048)
    app.add_middleware(BodyLimit, most=MOST_BYTES, answer=partial(_too_large, app))
    app.add_middleware(SafeHeaders)
    app.mount("/static", Fingerprinted(directory=STATIC), name="static")
    for part in (entry, reading, filling, handing, asking):
        app.include_router(part.router)
    _install(app)
    return app


def _install(app: FastAPI) -> None:
    app.add_exception_handler(NoEntry, _no_entry)
    app.add_exception_handler(TooManyTries, _slow_down)
    app.add_exception_handler(HTTPException, _no_entry)
    app.add_exception_handler(RequestValidationError, _no_entry)
    app.add_exception_handler(ForgedForm, _forged)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Exception, _broken)


def _no_entry(request: Request, _: Exception) -> Response:
    return _said(request, 404, "no_entry")


def _slow_down(request: Request, _: Exception) -> Response:
    return _said(request, 429, "slow_down")


def _forged(request: Request, _: Exception) -> Response:
    return _said(request, 403, "forged")


def _problem(request: Request, problem: Exception) -> Response:
    said = words_of(problem, chosen_language(request)) if isinstance(problem, Problem) else ""
    return _said(request, 409, "refused", said)


def _broken(request: Request, _: Exception) -> Response:
    return _said(request, 500, "broken")


def _too_large(app: FastAPI, request: Request) -> Response:
    request.scope["app"] = app  # refused before the application saw it
    return _said(request, 413, "too_large", size=LARGEST >> 20)


def _said(request: Request, status: int, key: str, said: str = "", **values: object) -> HTMLResponse:
    language, bureau = chosen_language(request), desk_of(request).bureau
    return render(
        request, "portal/said.html", language, status, key=key, said=said, bureau=bureau, values=values
    )
