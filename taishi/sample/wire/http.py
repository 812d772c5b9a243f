"""HTTP/1.1 requests and responses (RFC 9112)."""

from collections.abc import Mapping

from taishi.sample.conversation import Part, size_of

CRLF = b"\r\n"
REASONS = {200: "OK", 204: "No Content", 302: "Found", 304: "Not Modified", 401: "Unauthorized"}
REASONS |= {403: "Forbidden", 404: "Not Found"}


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request; Content-Length is added where there is a body."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return CRLF.join(line.encode() for line in lines) + CRLF * 2 + body


def response(status: int, headers: Mapping[str, str], *body: Part) -> tuple[Part, ...]:
    """A response; Content-Length is that of the body's parts."""
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", "Server: nginx"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if status not in (204, 304):
        lines.append(f"Content-Length: {size_of(body)}")
    return (CRLF.join(line.encode() for line in lines) + CRLF * 2, *body)
