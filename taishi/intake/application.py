"""The intake as an ASGI application, and the console beside it on one address."""

import re
import time
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from taishi.app.reception.reception import Fate, Reception
from taishi.app.sensors import SensorRegister
from taishi.core.problems import Problem
from taishi.core.records import SensorEntry
from taishi.intake import answers
from taishi.intake.bodies import Room, TooLarge, TooMuch, Unpackable
from taishi.intake.bulk import Item, Malformed, items
from taishi.intake.greeting import greet
from taishi.intake.pace import Pace
from taishi.intake.senders import sender_of

_BULK = re.compile(r"(?:/(?P<index>[^/]+))?(?:/_doc)?/_bulk/?")
_CHALLENGE = {"WWW-Authenticate": 'ApiKey, Basic realm="taishi" charset="UTF-8"'}
#: What those who use the console never send, and every sender does.
_SENDERS_SCHEMES = (b"apikey", b"basic", b"bearer")
#: Paths of the console and its metrics, whoever asks.
_CONSOLE = ("/healthz", "/metrics", "/static/", "/login", "/logout")


class Intake:
    """Takes what senders bring, each known by its token."""

    def __init__(
        self,
        reception: Reception,
        register: SensorRegister,
        room: Room | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._reception, self._register = reception, register
        self._room, self._pace = room or Room(), pace or Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        entry = await run_in_threadpool(sender_of, request.headers.get("authorization", ""), self._register)
        if entry is None:
            return answers.error(
                401,
                "security_exception",
                "unknown token: make one with `taishi sensor add NAME --kind bulk`",
                _CHALLENGE,
            )
        bulk = _BULK.fullmatch(request.url.path)
        if bulk is None:
            return greet(request.method, request.url.path)
        if request.method not in ("POST", "PUT"):
            return answers.error(
                405, "illegal_argument_exception", "send documents by POST", {"Allow": "POST, PUT"}
            )
        return await self._received(request, entry, bulk["index"] or "")

    async def _received(self, request: Request, entry: SensorEntry, index: str) -> Response:
        try:
            async with self._room.body(request) as body:
                found = items(body, index)
                return await self._taken(request, entry, found, len(body))
        except TooLarge:
            return answers.error(
                413, "content_too_long_exception", f"a body may have {self._room.most} bytes, unpacked"
            )
        except TooMuch:
            self._reception.beats.refused(entry.id, "too much at once")
            return answers.too_many("too much is being taken in just now; come again")
        except Unpackable as why:
            return answers.error(400, "illegal_argument_exception", str(why))
        except Malformed as why:
            return answers.error(400, "illegal_argument_exception", str(why))

    async def _taken(
        self, request: Request, entry: SensorEntry, found: Sequence[Item], size: int
    ) -> Response:
        wait = self._pace.wait(entry.id, len(found))
        if wait:
            self._reception.beats.refused(entry.id, "too fast")
            return answers.too_many("documents come too fast; come again", int(wait) + 1)
        begun = time.perf_counter()
        offered = [item.offered for item in found if item.offered is not None]
        sender = request.client.host if request.client else ""
        try:
            fates: list[Fate] = await run_in_threadpool(self._reception.take, entry, offered, sender, size)
        except Problem as problem:
            self._reception.beats.refused(entry.id, "store refuses")
            return answers.error(503, "unavailable_shards_exception", str(problem), {"Retry-After": "5"})
        took = int(1000 * (time.perf_counter() - begun))
        return answers.bulk(found, fates, took, "filter_path" in request.query_params)


class Beside:
    """One address for both: senders are known by what they ask for, or by how they say who they are."""

    def __init__(self, console: ASGIApp, intake: ASGIApp) -> None:
        self._console, self._intake = console, intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        of = self._intake if scope["type"] == "http" and _is_senders(scope) else self._console
        await of(scope, receive, send)


def _is_senders(scope: Scope) -> bool:
    path: str = scope["path"]
    if path.startswith("/_") or _BULK.fullmatch(path):
        return True
    if path.startswith(_CONSOLE):
        return False
    return any(
        name == b"authorization" and value.strip().lower().startswith(_SENDERS_SCHEMES)
        for name, value in scope["headers"]
    )
