"""Logons, tries that look like one, and refusals, one row each: who tried what where, and the outcome.

Outcomes: `failure` and `success` of logons; `session`, an encrypted one of which only the shape is known;
`denied`, something else that a service refused.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import PurePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detections.guesses import PAGE
from detections.ledger.flows import as_table, example, micros, number, text
from detections.ledger.tally import Layout
from taishi.core.ecs import Kind
from taishi.core.event import Batch

_TEXT, _NUMBER = pa.string(), pa.int64()
_OWNER = ("unit", "asset")

#: One row an event.
TRIES = Layout(
    {"example": _TEXT, "source": _TEXT, "target": _TEXT, "kind": _TEXT, "service": _TEXT, "outcome": _TEXT,
     "user": _TEXT, "action": _TEXT, "sport": _NUMBER, "t": _NUMBER},
    late=_OWNER, single=True,
)  # fmt: skip

#: A guess over SSH or RDP exchanges keys and a few tries: payload of the client in bytes, microseconds.
_GUESS_BYTES, _GUESS_LASTS = (500, 8000), 30_000_000
#: Windows: a logon failed, succeeded; Kerberos' first step failed.
_WINDOWS = {"4625": "failure", "4624": "success", "4771": "failure"}
#: Paths of forms by which people log on, in the words that web applications use.
_LOGIN_PATH = r"(?i)/[\w.-]*(?:log[_-]?in|log[_-]?on|sign[_-]?in|authenticate|auth/token|session)[\w.-]*/?$"
#: Applications that render pages show the form again (200) where the password was wrong, and redirect where
#: it was right (WordPress, Django, Drupal, JSP and ASP.NET pages).
_PAGE_PATH = (
    r"(?i)/(?:wp-login\.php|(?:admin|user|users|apps|accounts?)/login/?"
    r"|log[_-]?[io]n\.(?:php|jsp|do|action|aspx|cgi))$"
)


def logon_rows(batch: Batch) -> pa.Table:
    """Logons with an outcome and a source."""
    outcome = text(batch, "event.outcome")
    told = pc.is_in(outcome, pa.array(["failure", "success"]))
    return _rows(batch, outcome, text(batch, "event.action"), _first(batch, _SERVICES["logon"]), told)


def denied_rows(batch: Batch) -> pa.Table:
    """What services refused."""
    told = pc.equal(text(batch, "event.type"), "denied")
    return _rows(
        batch, _same(batch, "denied"), text(batch, "event.action"), _first(batch, _SERVICES["other"]), told
    )


def windows_rows(batch: Batch) -> pa.Table:
    """Logons over the network as the Security log tells them."""
    codes = text(batch, "event.code")
    outcome = pa.array([_WINDOWS.get(code, "") for code in codes.to_pylist()], _TEXT)
    security = pc.equal(text(batch, "winlog.channel"), "Security")
    told = pc.and_(pc.and_(security, pc.not_equal(outcome, "")), _from_elsewhere(batch))
    return _rows(batch, outcome, codes, _same(batch, "windows"), told)


def _from_elsewhere(batch: Batch) -> pa.Array:
    sources = text(batch, "source.ip")
    return pc.invert(pc.is_in(sources, pa.array(["127.0.0.1", "::1", "0.0.0.0", "::"])))  # noqa: S104


def web_rows(batch: Batch) -> pa.Table:
    """Requests by which somebody failed to log on."""
    path, status = text(batch, "url.path"), number(batch, "http.response.status_code")
    posted = np.asarray(pc.equal(text(batch, "http.request.method"), "POST"))
    form = posted & np.asarray(pc.match_substring_regex(path, _LOGIN_PATH))
    page = posted & (status == 200) & np.asarray(pc.match_substring_regex(path, _PAGE_PATH))
    basic = np.asarray(pc.not_equal(text(batch, "user.name"), "")) & (status == 401)
    refused = (form & np.isin(status, (401, 403))) | basic
    size = number(batch, "http.response.body.bytes").astype(str)
    shown = pa.array(np.where(page, np.char.add(PAGE, size), "web-login"))
    told = pa.array(refused | page)
    return _rows(batch, _same(batch, "failure"), shown, _same(batch, "http"), told)


#: Columns that name the service, the first that has a value.
_SERVICES: Mapping[Kind, tuple[str, ...]] = {
    "logon": ("network.protocol", "process.name"),
    "other": ("network.protocol", "event.provider"),
}
KINDS: Mapping[Kind, Callable[[Batch], pa.Table]] = {
    "logon": logon_rows,
    "other": denied_rows,
    "windows": windows_rows,
    "http": web_rows,
}


def _rows(batch: Batch, outcome: pa.Array, action: pa.Array, service: pa.Array, told: pa.Array) -> pa.Table:
    """Rows of the layout `TRIES`, of those events that are `told` and have a source."""
    if not pc.any(told).as_py():
        return TRIES.schema.empty_table()
    ip, site = text(batch, "destination.ip"), text(batch, "destination.domain")
    has_ip, has_site = pc.not_equal(ip, ""), pc.not_equal(site, "")
    source = _first(batch, ("source.ip", "source.domain"))
    columns = {
        "example": example(batch, "user.name"),
        "source": source,
        "target": pc.if_else(has_ip, ip, pc.if_else(has_site, site, _named_host(batch))),
        "kind": pc.if_else(has_ip, "ip", pc.if_else(has_site, "domain", "host")),
        "service": pc.if_else(pc.equal(service, ""), "logon", service),
        "outcome": outcome,
        "user": text(batch, "user.name"),
        "action": action,
        "sport": number(batch, "source.port"),
        "t": micros(batch),
    }
    for name in _OWNER:
        there = batch.rows.column(f"taishi.destination.{name}")
        columns[name] = pc.if_else(pc.or_(has_ip, has_site), there, batch.rows.column(f"taishi.host.{name}"))
    return as_table(columns, TRIES).filter(pc.and_(told, pc.not_equal(source, "")))


def _named_host(batch: Batch) -> pa.Array:
    """The logging host, else the name of the log's file."""
    host = text(batch, "host.name")
    file = pa.array([_named(path) for path in text(batch, "log.file.path").to_pylist()], _TEXT)
    return pc.if_else(pc.not_equal(host, ""), host, file)


def _first(batch: Batch, names: tuple[str, ...]) -> pa.Array:
    found = text(batch, names[0])
    for name in names[1:]:
        found = pc.if_else(pc.equal(found, ""), text(batch, name), found)
    return found


def _same(batch: Batch, word: str) -> pa.Array:
    return pa.array([word] * len(batch), _TEXT)


def session_rows(batch: Batch) -> pa.Table:
    """Short encrypted sessions, as a password guess is seen by somebody who cannot read it."""
    protocol = text(batch, "network.protocol")
    encrypted = np.asarray(pc.is_in(protocol, pa.array(["ssh", "rdp"])))
    if not encrypted.any():
        return TRIES.schema.empty_table()
    sent, lasted = number(batch, "taishi.flow.source_payload"), number(batch, "event.duration") // 1000
    fit = encrypted & (sent >= _GUESS_BYTES[0]) & (sent <= _GUESS_BYTES[1]) & (lasted <= _GUESS_LASTS)
    size = len(batch)
    rows = as_table(
        {
            "example": example(batch, "source.port", "taishi.flow.state"),
            "source": text(batch, "source.ip"),
            "target": text(batch, "destination.ip"),
            "kind": pa.array(["ip"] * size, _TEXT),
            "service": protocol,
            "outcome": pa.array(["session"] * size, _TEXT),
            "user": pa.array([""] * size, _TEXT),
            "action": pa.array([""] * size, _TEXT),
            "sport": number(batch, "source.port"),
            "t": micros(batch),
            "unit": batch.rows.column("taishi.destination.unit"),
            "asset": batch.rows.column("taishi.destination.asset"),
        },
        TRIES,
    )
    return rows.filter(pa.array(fit))


@lru_cache(maxsize=4096)
def _named(path: str) -> str:
    return PurePath(path).name
