"""Access logs of Apache and nginx: common and combined format, with or without the virtual host first.

Source: Apache mod_log_config (`%h %l %u %t "%r" %>s %b`), nginx ngx_http_log_module `combined`.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from msgspec.structs import replace

from sensors.lines import Damaged, Seen, is_cut, read_lines, share, shown
from sensors.syslog_line import SyslogLine, frames
from sensors.values import count, filled, parsed_address
from sensors.web import host_columns, url_columns
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(
    r"(?P<who>[^\[]*)\[(?P<time>\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\]\s+"
    rf"{_QUOTED}\s+(?P<status>\d{{3}}|-)\s+(?P<bytes>\d+|-)(?:\s+{_QUOTED})?(?:\s+{_QUOTED})?(?P<rest>.*)",
    re.DOTALL,
)
#: Servers told not to escape (nginx `escape=none`) leave quotes inside the request.
_UNESCAPED = re.compile(
    r"(?P<who>[^\[]*)\[(?P<time>[^\]]{26})\]\s+"
    r'"(.*)"\s+(?P<status>\d{3})\s+(?P<bytes>\d+|-)(?:\s+"([^"]*)")?(?:\s+"(.*)")?(?P<rest>)',
    re.DOTALL,
)
#: As much as a line tells of itself when its request is longer than what is looked at.
_BEGUN = re.compile(r'[^\["]{1,512}\[\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\]\s+"')
#: Addresses, as `X-Forwarded-For` has them; what a client itself wrote there may be lies.
_FORWARDED = re.compile(r'"?([0-9A-Fa-f.:\[\]]+(?:,\s*[0-9A-Fa-f.:\[\]]+){0,30})(?:"|$)')
_REQUEST = re.compile(r"([A-Za-z][\w-]{1,31}) (.+?)(?: HTTP/(\d(?:\.\d)?))?", re.DOTALL)
#: Programs that log requests to syslog.
_SERVERS = ("nginx", "httpd", "apache", "tengine", "openresty", "angie")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}


#: What every request has.
_CONSTANT: dict[str, Value] = {
    "event.kind": "event",
    "event.category": "web",
    "event.type": "access",
    "event.module": "apache",
    "event.dataset": "apache.access",
    "network.protocol": "http",
    "network.transport": "tcp",
}


class AccessLog:
    """One request a line. A request line that is none (a binary probe) is kept as `url.original`."""

    name = "access_log"

    def recognizes(self, source: Source) -> int:
        if share(source, lambda line: frames(shown(line))) >= 0.5:
            return 0  # syslog knows who sent them
        fits = _BEGUN.match if is_cut(source) else _match
        return 85 if share(source, lambda line: fits(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line))])


def _match(text: str) -> re.Match[str] | None:
    return _LINE.match(text) or _UNESCAPED.match(text)


def _seen(text: str) -> Seen:
    found = _match(text)
    if found is None:
        raise Damaged('no access log line (address, [time], "request", status, bytes)')
    client, time, request, status, size, referrer, agent, rest = found.groups()
    row: dict[str, Value] = {"@timestamp": log_time(time), **_CONSTANT}
    if status != "-":
        row["event.outcome"] = "success" if int(status) < 400 else "failure"
        row["http.response.status_code"] = int(status)
    if size != "-":
        row["http.response.body.bytes"] = count(size, "bytes")
    if referrer and referrer != "-":
        row["http.request.referrer"] = referrer
    if agent and agent != "-":
        row["user_agent.original"] = agent
    who, identity = _who(client.split())
    row |= request_columns(request, who.pop("url.domain", None))
    row |= who
    rest = rest.strip()
    extra: dict[str, Json] | None = None
    if identity or rest:
        kept: dict[str, Json] = {"ident": identity, "rest": rest or None, **forwarded(rest)}
        extra = {name: value for name, value in kept.items() if value}
    return Seen("http", filled(row), extra, text)


def forwarded(text: str) -> dict[str, Json]:
    """`"$http_x_forwarded_for"` behind a combined line: whom proxies name, the first of them as ECS does."""
    found = _FORWARDED.match(text)
    first = parsed_address(found[1].split(",")[0].strip()) if found else None
    if found is None or first is None:
        return {}
    return {"network.forwarded_ip": first, "x_forwarded_for": found[1]}


def _who(words: list[str]) -> tuple[dict[str, Value], str | None]:
    """`[virtual host] client … user`: the client is the first address, else the first word."""
    if not words:
        raise Damaged("the client is missing")
    place, client = _client(words)
    address = parsed_address(client)
    row: dict[str, Value] = {"source.ip": address} if address else {"source.domain": client}
    if place:
        row |= _site(host_columns(words[0]))
    after = words[place + 1 :]
    if len(after) >= 2:
        row["user.name"] = _given(" ".join(after[1:]).strip('"').removesuffix(" -"))
    return row, _given(after[0]) if after else None


def _client(words: list[str]) -> tuple[int, str]:
    """Where the client stands, and its name."""
    for place, text in enumerate(words):
        if parsed_address(client := text.strip(",")):
            return place, client
    return 0, words[0].strip(",")


def _site(host: dict[str, Value]) -> dict[str, Value]:
    """The virtual host is the system that was asked: by address where it is one, else by domain."""
    name = host.get("url.domain")
    address = parsed_address(str(name)) if name else None
    side = {"destination.ip": address} if address else {"destination.domain": name}
    return {**host, **side, "destination.port": host.get("url.port")}


def request_columns(text: str, host: Value) -> dict[str, Value]:
    found = _REQUEST.fullmatch(text)
    if found is None:
        return {"url.original": _given(text), "url.domain": host}
    method, target, version = found.groups()
    return {
        "http.request.method": method,
        "http.version": version,
        **url_columns(target, host if isinstance(host, str) else None),
    }


def _given(text: str | None) -> str | None:
    return None if text in (None, "", "-") else text


@lru_cache(maxsize=4096)
def log_time(text: str) -> datetime:
    """`10/Oct/2000:13:55:36 -0700` in UTC."""
    try:
        hours, minutes = int(text[22:24]), int(text[24:26])
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if text[21] == "-" else 1)
        day, month, year = int(text[:2]), _MONTHS[text[3:6].capitalize()], int(text[7:11])
        clock = (int(text[12:14]), int(text[15:17]), int(text[18:20]))
        return datetime(year, month, day, *clock, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, KeyError, OverflowError, IndexError):
        raise Damaged(f"no time: {text[:40]!r}") from None


class AccessMessage:
    """A request that a server logged to syslog. Of servers only: others quote what strangers wrote."""

    def knows(self, line: SyslogLine) -> bool:
        return line.app.startswith(_SERVERS) and _match(line.message) is not None

    def events(self, line: SyslogLine, original: str) -> Sequence[Seen]:
        seen = _seen(line.message)
        host = {"host.name": line.host} if line.host else {}
        return [replace(seen, row={**seen.row, **host}, original=original)]


SENSOR = AccessLog()
CARRIED = AccessMessage()
