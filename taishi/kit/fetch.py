"""HTTP that nobody can lead astray: http and https only, bounded in time and size, redirects looked at.

A place that an administrator named may be anywhere. Where an answer sends us on to another host, that host
must be a public one, told by the address that the connection really has: a feed must not reach into the
networks behind us.
"""

import gzip
import io
import os
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from taishi.core.problems import Problem

#: Seconds for connecting and for each read; for a whole answer; bytes of an answer; redirects in a row.
TIMEOUT_S, WHOLE_S, MOST_BYTES, MOST_HOPS = 15.0, 120.0, 64 << 20, 4
_CHUNK = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Unfetched(Problem):
    """No answer that can be used; the reason names the place, never a secret."""


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is empty for 304."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Asked:
    """What is asked for, and within which bounds. `ca`: a file of certificates to trust instead."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes | None = None
    most: int = MOST_BYTES
    timeout_s: float = TIMEOUT_S
    whole_s: float = WHOLE_S
    ca: str | None = None


def fetch(asked: Asked) -> Answer:
    """Any status is an answer. Raises Unfetched where there is none within the bounds."""
    url, origin, until = asked.url, _origin(_checked(asked.url)), time.monotonic() + asked.whole_s
    for hop in range(MOST_HOPS + 1):
        answer = _one(url, asked, until, trusted=_origin(_checked(url)) == origin)
        target = answer.headers.get("location")
        if answer.status not in _REDIRECTS or not target:
            return answer
        if asked.method != "GET":
            raise Unfetched(f"{asked.url}: answers {asked.method} with a redirect; give the final address")
        url = _followed(url, target)
        if hop == MOST_HOPS:
            break
    raise Unfetched(f"{asked.url}: more than {MOST_HOPS} redirects")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise Unfetched(f"{url}: is no http or https address")
    if parts.username or parts.password:
        raise Unfetched(f"{parts.hostname}: an address with a password in it is not taken; give --key")
    return parts


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _followed(url: str, target: str) -> str:
    new = urljoin(url, target)
    parts = _checked(new)
    if urlsplit(url).scheme == "https" and parts.scheme != "https":
        raise Unfetched(f"{url}: redirects from https to {parts.scheme}; not followed")
    return new


def _one(url: str, asked: Asked, until: float, *, trusted: bool) -> Answer:
    parts = _checked(url)
    connection = _connection(parts, asked)
    try:
        connection.connect()
        if not trusted:
            _require_public(connection, url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": "taishi", "Accept-Encoding": "gzip", **(asked.headers if trusted else {})}
        connection.request(asked.method, path, asked.body, headers)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(url, response.status, told, _body(response, told, url, asked.most, until))
    except (OSError, HTTPException, zlib.error, EOFError) as error:
        raise Unfetched(f"{url}: {_said(error)}") from None
    finally:
        connection.close()


def _said(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(said).split())


def _connection(parts: SplitResult, asked: Asked) -> HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return HTTPConnection(host, port, timeout=asked.timeout_s)
    try:
        context = ssl.create_default_context(cafile=asked.ca)
    except (OSError, ssl.SSLError) as error:
        raise Unfetched(f"{asked.ca}: no certificates to trust ({_said(error)})") from None
    return HTTPSConnection(host, port, timeout=asked.timeout_s, context=context)


def _require_public(connection: HTTPConnection, url: str) -> None:
    peer = ip_address(connection.sock.getpeername()[0].partition("%")[0])
    mapped = getattr(peer, "ipv4_mapped", None) or peer
    if not mapped.is_global or mapped.is_multicast:
        raise Unfetched(f"{url}: a redirect leads to {peer}, which is no public address; not followed")


def _body(response: HTTPResponse, told: Mapping[str, str], url: str, most: int, until: float) -> bytes:
    """The whole body, unpacked. A body that is cut short, too long or too slow is none."""
    length = told.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise Unfetched(f"{url}: {int(length)} bytes, over the limit of {most}")
    kept = io.BytesIO()
    while chunk := response.read1(_CHUNK):
        kept.write(chunk)
        if kept.tell() > most:
            raise Unfetched(f"{url}: over the limit of {most} bytes")
        if time.monotonic() > until:
            raise Unfetched(f"{url}: takes too long")
    if length.isdigit() and kept.tell() < int(length):
        raise Unfetched(f"{url}: broke off after {kept.tell()} of {length} bytes")
    packed = kept.getvalue()
    if told.get("content-encoding", "").lower() != "gzip" or not packed:
        return packed
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        plain = file.read(most + 1)
    if len(plain) > most:
        raise Unfetched(f"{url}: over the limit of {most} bytes once unpacked")
    return plain


def secret(reference: str | None) -> str:
    """What `env:NAME` or `file:PATH` leads to; empty without a reference.

    Raises Problem where it leads nowhere.
    """
    if not reference:
        return ""
    kind, _, where = reference.partition(":")
    if kind == "env":
        found = os.environ.get(where)
        if not found:
            raise Problem(f"key {reference}: the environment has no {where}")
        return found.strip()
    if kind == "file":
        try:
            with open(where, encoding="utf-8") as file:
                return file.read(4096).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(f"key {reference}: cannot be read ({_said(error)})") from None
    raise Problem("key: give env:NAME or file:PATH, never the key itself")
