"""What every answer carries and every form must show."""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_COOKIE = "taishi_session"

#: Everything from this host only; no inline script or style, no plug-in, no frame around us.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SafeHeaders:
    """Puts the headers on every answer; pages are never kept by caches between us and the reader."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def local_path(wanted: str | None, default: str = "/") -> str:
    """A path on this host to go to after an act; `default` for everything else (open redirects)."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return default
    parts = urlsplit(wanted)
    strange = any(ord(character) < 0x20 or character == "\\" for character in wanted)
    return default if parts.scheme or parts.netloc or strange else wanted


def from_here(request: Request) -> bool:
    """Whether a form was sent by a page of this host, as far as the browser says."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def keep_session(response: Response, request: Request, token: str) -> None:
    """The session's token as a cookie that scripts cannot read and other sites cannot send with forms."""
    response.set_cookie(
        SESSION_COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )


def preference(response: Response, request: Request, name: str, value: str) -> None:
    """A choice of looks, kept a year in the browser."""
    response.set_cookie(
        name, value, max_age=31_536_000, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
