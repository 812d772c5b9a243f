"""The console as an ASGI application over one desk."""

from collections.abc import Callable, Sequence

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.gzip import GZipMiddleware

from dashboards import account, entrance, troubles
from dashboards.assets import STATIC, Fingerprinted
from dashboards.frame import caller, page_guard
from dashboards.metrics import metrics
from dashboards.page import pages
from dashboards.security import SafeHeaders
from taishi.app.desk import Desk
from taishi.app.measuring import Measures, measures

#: What is wrong with the jobs beside the console, for `/healthz`.
Ailing = Callable[[], Sequence[str]]


def create_app(
    desk: Desk,
    ailing: Ailing = tuple,
    notes: Ailing = tuple,
    measured: Callable[[], Measures] | None = None,
) -> FastAPI:
    """Every route but the entrance, `/healthz`, `/metrics` and `/static` needs a session; a test goes through
    them all. `measured`: the figures of `/metrics`, where more is known than what is stored.

    The caller owns the desk and closes it after the application.
    """
    app = FastAPI(title="Taishi", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.ailing = ailing
    app.state.notes = notes
    app.state.measures = measured or (lambda: measures(desk, {}))
    app.add_middleware(GZipMiddleware, minimum_size=2048)
    app.add_middleware(SafeHeaders)
    app.mount("/static", Fingerprinted(directory=STATIC), name="static")
    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/metrics", metrics, methods=["GET"])
    app.include_router(entrance.router)
    app.include_router(account.router, dependencies=[Depends(caller)])
    for page in pages():
        app.include_router(page.router, dependencies=[page_guard(page)])
    troubles.install(app)
    return app


def healthz(request: Request) -> JSONResponse:
    """200 where the state store answers and every job runs, 503 with the reasons where not. `notes`, where
    there are any: what others owe us, such as a feed that is away; that is no fault of this service.
    """
    desk: Desk = request.app.state.desk
    why = list(request.app.state.ailing())
    try:
        desk.state.setting("bureau")
    except Exception as error:  # noqa: BLE001 - whatever it is, health must say it instead of failing
        why.append(f"state store: {type(error).__name__}")
    notes = list(request.app.state.notes())
    said = {"ok": not why, "why": why} | ({"notes": notes} if notes else {})
    return JSONResponse(said, 503 if why else 200)
