"""A request that is too large is refused without being read: by what its head says, else as it grows."""

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds, and bytes, for which what still comes is thrown away after the answer, so that a browser that is
#: sending sees the answer and no broken line (as lingering_close of nginx does).
_LINGER_S, _LINGER_BYTES = 5.0, 64 << 20

Answer = Callable[[Request], Response]


class BodyLimit:
    """Lets through bodies of at most `most` bytes; others get the page that `answer` makes. FastAPI's own
    limit answers and hangs up: a browser in the middle of sending then shows a broken line."""

    def __init__(self, app: ASGIApp, most: int, answer: Answer) -> None:
        self._app, self._most, self._answer = app, most, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > self._most:
            await self._refuse(scope, receive, send)
            return
        body = _Counted(receive, self._most)

        async def unless_too_large(message: Message) -> None:
            if not body.too_large:
                await send(message)

        try:
            await self._app(scope, body.receive, unless_too_large)
        except Exception:
            if not body.too_large:
                raise
        if body.too_large:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The whole answer first, the end of it only after a while of throwing away what comes."""
        response = self._answer(Request(scope))
        response.headers["Connection"] = "close"
        headers = response.raw_headers
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(response.body), "more_body": True})
        until, left = time.monotonic() + _LINGER_S, _LINGER_BYTES
        while time.monotonic() < until and left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                break
        await send({"type": "http.response.body", "body": b""})


class _Counted:
    """A body that ends for the application where it grows too large: as if the sender had gone."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most
        self.too_large = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        self.too_large = self.too_large or self._left < 0
        return {"type": "http.disconnect"} if self.too_large else message
