"""nginx's error log: `time [level] pid#tid: *connection words, client: …, server: …, request: "…"`.

Source: ngx_log.c, ngx_http_log_error_handler; ModSecurity-nginx writes its matches here, and the module for
basic authentication whom it did not let in (`services/forms/web_servers.yml`).
"""

import re
from collections.abc import Iterator

from sensors.lines import Damaged, Seen, read_lines, share, shown
from sensors.modsecurity import matched
from sensors.services.told import told
from sensors.values import filled, moment, parsed_address
from sensors.web import host_columns, url_columns
from taishi.core.clock import ZONE
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_LINE = re.compile(
    r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>[a-z]+)\] (?P<pid>\d{1,10})#(?P<tid>\d{1,10}): "
    r"(?:\*(?P<connection>\d{1,20}) )?(?P<message>.*)",
    re.DOTALL,
)
#: What nginx adds behind the words, each behind a comma.
_CONTEXT = re.compile(
    r', (client|server|request|subrequest|upstream|host|referrer|login): ("(?:[^"\\]|\\.)*"|[^,]+)'
)
_REQUEST = re.compile(r"([A-Z][A-Z-]{0,30}) (\S+)(?: HTTP/(\d(?:\.\d)?))?")


class NginxError:
    """One event a line."""

    name = "nginx_error"

    def recognizes(self, source: Source) -> int:
        return 85 if share(source, lambda line: _LINE.match(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line))])


def _seen(text: str) -> Seen:
    found = _LINE.fullmatch(text)
    if found is None:
        raise Damaged("no nginx error (time [level] pid#tid: words)")
    context = {name: value.strip('"') for name, value in _CONTEXT.findall(found["message"])}
    client = context.get("client", "").strip()
    ip = parsed_address(client.removeprefix("unix:"))
    request = _REQUEST.fullmatch(context.get("request", ""))
    row: dict[str, Value] = {
        "@timestamp": moment(found["time"], "time", ZONE),
        "event.kind": "event",
        "event.category": "web",
        "event.type": "error",
        "event.module": "nginx",
        "event.dataset": "nginx.error",
        "message": found["message"],
        "source.ip": ip,
        **_site(context),
        "user.name": context.get("login"),
    }
    extra: dict[str, Json] = {
        "log.level": found["level"],
        "process.pid": int(found["pid"]),
        "upstream": context.get("upstream"),
        "http.request.referrer": context.get("referrer"),
    }
    if request is not None:
        parts = url_columns(request[2], context.get("host"))
        extra |= {name: value for name, value in parts.items() if isinstance(value, (str, int))}
        extra |= {"http.request.method": request[1], "http.version": request[3]}
    rule, beside = matched(found["message"])
    kept = {name: value for name, value in {**extra, **beside}.items() if value}
    said = told(found["message"], "nginx")
    meant = said.columns("nginx", int(found["pid"])) if said else {}
    return Seen(said.kind if said else "other", filled({**row, **rule, **filled(meant)}), kept, text)


def _site(context: dict[str, str]) -> dict[str, Value]:
    """The site that was asked, as access logs have it; `_` is nginx's word for any."""
    names = (context.get(part, "").strip() for part in ("host", "server"))
    found = next((name for name in names if name not in ("", "_")), "")
    site = host_columns(found).get("url.domain") if found else None
    address = parsed_address(str(site)) if site else None
    return {"destination.ip": address} if address else {"destination.domain": site}


SENSOR = NginxError()
