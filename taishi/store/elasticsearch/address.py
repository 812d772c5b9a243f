"""The URI of a store on Elasticsearch."""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.problems import Problem
from taishi.core.retention import LEAST_DAYS

_KEYS = "ca, key, password, keep, keep.KIND"


@dataclass(frozen=True)
class Address:
    """Where a store lies and how to get in. `url` has no secret in it, so messages may show it."""

    url: str
    prefix: str
    login: tuple[str, str] | None = None
    api_key: str | None = field(default=None, repr=False)
    ca: Path | None = None
    keep: dict[Kind, timedelta] = field(default_factory=dict)


def read_address(uri: str) -> Address:
    """`elasticsearch+https://[USER[:PASSWORD]@]HOST:PORT[/PREFIX][?ca=FILE&key=REF&password=REF&keep=DAYS]`.

    `REF` is `env:NAME` or `file:PATH`. `keep.KIND=DAYS` is for one kind. Raises Problem.
    """
    parts = urlsplit(uri.removeprefix("elasticsearch+"))
    given = _given(parts)
    key = _secret(given["key"], "key") if "key" in given else None
    if key and parts.username:
        raise Problem("elasticsearch: give an API key (key) or a user, not both")
    ca = Path(given["ca"]) if "ca" in given else None
    if ca and (parts.scheme != "https" or not ca.is_file()):
        raise Problem(f"elasticsearch: ca={ca}: needs elasticsearch+https and a file that is there")
    prefix = parts.path.strip("/") or "taishi"
    return Address(_url(parts), prefix, _login(parts, given), key, ca, _keep(given))


def _url(parts: SplitResult) -> str:
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise Problem("elasticsearch: the URI needs host and port, as in elasticsearch+http://127.0.0.1:9200")
    return f"{parts.scheme}://[{host}]:{port}" if ":" in host else f"{parts.scheme}://{host}:{port}"


def _given(parts: SplitResult) -> dict[str, str]:
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    known = {"ca", "key", "password", "keep", *(f"keep.{kind}" for kind in ecs.KINDS)}
    for name in given.keys() - known:
        raise Problem(f"elasticsearch: ?{name}: the URI knows {_KEYS}")
    return given


def _login(parts: SplitResult, given: dict[str, str]) -> tuple[str, str] | None:
    if not parts.username:
        if "password" in given:
            raise Problem(
                "elasticsearch: ?password: name a user too, as in elasticsearch+https://USER@HOST:9200"
            )
        return None
    password = _secret(given["password"], "password") if "password" in given else parts.password or ""
    return unquote(parts.username), password if "password" in given else unquote(password)


def _secret(reference: str, name: str) -> str:
    """What an environment variable or a file holds. A message never shows it."""
    scheme, _, place = reference.partition(":")
    if scheme == "env":
        found = os.environ.get(place, "")
    elif scheme == "file":
        try:
            found = Path(place).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise Problem(f"elasticsearch: {name}=file:{place}: cannot be read") from None
    else:
        raise Problem(f"elasticsearch: ?{name}: give a reference, {name}=env:NAME or {name}=file:PATH")
    if not found:
        raise Problem(f"elasticsearch: {name}={scheme}:{place}: is empty")
    return found


def _keep(given: dict[str, str]) -> dict[Kind, timedelta]:
    days = {kind: given.get(f"keep.{kind}", given.get("keep")) for kind in ecs.KINDS}
    return {kind: _span(kind, told) for kind, told in days.items() if told is not None}


def _span(kind: Kind, told: str) -> timedelta:
    if not (told.isascii() and told.isdigit() and LEAST_DAYS <= int(told) <= 36_500):
        raise Problem(
            f"elasticsearch: keep={told} for {kind}: give days, at least {LEAST_DAYS} (six months, by law)"
        )
    return timedelta(days=int(told))
