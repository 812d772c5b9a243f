"""The parts of a request target (RFC 9112 3.2), and headers without the secrets in them."""

from collections.abc import Iterable

from sensors.values import parsed_address
from taishi.core.event import Value

#: Headers whose value is a credential.
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})


def url_columns(target: str, host: str | None = None) -> dict[str, Value]:
    """`url.*` columns of a target in origin, absolute, authority or asterisk form, nothing decoded."""
    row: dict[str, Value] = {"url.original": target}
    rest = target
    scheme, separator, after = target.partition("://")
    if separator and scheme.isalnum():
        authority, slash, path = after.partition("/")
        row |= {"url.full": target, **host_columns(authority)}
        rest = slash + path
    elif host:
        row |= host_columns(host)
    path, mark, query = rest.partition("?")
    if path.startswith("/"):
        row["url.path"] = path
    if mark and query:
        row["url.query"] = query
    return row


def host_columns(authority: str) -> dict[str, Value]:
    """`url.domain` and `url.port` of `user@host:port`."""
    user, separator, place = authority.rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        host, port = place, ""
    if ":" in host and not host.startswith("[") and parsed_address(place):
        host, port = place, ""
    row: dict[str, Value] = {"url.domain": host.strip("[]").lower()} if host else {}
    if port:
        row["url.port"] = int(port)
    if separator and user:
        row["url.username"] = user.partition(":")[0]
    return row


def masked_headers(headers: Iterable[tuple[str, str]]) -> str | None:
    """Headers as sent, one a line; credentials keep their scheme and lose their secret."""
    found = []
    for name, value in headers:
        if name.lower() in _SECRET:
            scheme, space, _ = value.partition(" ")
            value = f"{scheme} ***" if space and name.lower().endswith("authorization") else "***"
        found.append(f"{name}: {value}")
    return "\n".join(found) or None
