"""Access logs of Zoraxy, a reverse proxy: `[time] [router:…] [origin:site] [client: ip] … GET /… 200`.

Source: Zoraxy, mod/dynamicproxy/logger. Its clock has no zone: local time, here the extranet's.
"""

import re
from collections.abc import Iterator

from sensors.lines import Damaged, Seen, read_lines, share, shown
from sensors.values import filled, moment, number, parsed_address
from sensors.web import url_columns
from taishi.core.clock import ZONE
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_LINE = re.compile(
    r"(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )?\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)\] "
    r"\[router:(?P<router>[^\]]*)\] \[origin: ?(?P<site>[^\]]*)\] \[client: ?(?P<client>[^\]]*)\] "
    r"(?:\[useragent: ?(?P<agent>.*)\] )?(?P<method>[A-Z]{3,10}) (?P<url>\S.*) (?P<status>\d{3})",
    re.DOTALL,
)


class Zoraxy:
    """One request a line."""

    name = "zoraxy"

    def recognizes(self, source: Source) -> int:
        return 88 if share(source, lambda line: _LINE.match(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line))])


def _seen(text: str) -> Seen:
    found = _LINE.fullmatch(text.rstrip())
    if found is None:
        raise Damaged("no line of Zoraxy ([time] [router:…] [origin:…] [client:…] … request status)")
    status, site = number(found["status"], "status"), found["site"].strip()
    address = parsed_address(site)
    row: dict[str, Value] = {
        "@timestamp": moment(found["time"], "time", ZONE),
        "event.kind": "event",
        "event.category": "web",
        "event.type": "access",
        "event.outcome": None if status is None else "success" if status < 400 else "failure",
        "event.module": "zoraxy",
        "event.dataset": "zoraxy.access",
        "network.protocol": "http",
        "network.transport": "tcp",
        "source.ip": parsed_address(found["client"].strip()),
        "destination.ip": address,
        "destination.domain": None if address else site or None,
        "http.request.method": found["method"],
        "http.response.status_code": status,
        "user_agent.original": (found["agent"] or "").strip() or None,
        **url_columns(found["url"], site or None),
    }
    extra: dict[str, Json] = {"router": found["router"]}
    return Seen("http", filled(row), extra, text)


SENSOR = Zoraxy()
