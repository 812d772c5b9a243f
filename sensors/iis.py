"""IIS logs in the W3C Extended Log File Format (W3C WD-logfile-960323): `#Fields:` names the columns, UTC."""

from collections.abc import Iterator

from sensors.access_log import forwarded
from sensors.lines import Damaged, Seen, first_lines, read_lines, shown
from sensors.values import Table, address, columns, count, filled, left, moment, number, port, word
from sensors.web import host_columns, url_columns
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source


def _spaced(value: Json, field: str) -> str | None:
    """IIS writes a space inside a value as `+`."""
    text = word(value, field)
    return text.replace("+", " ") if text else None


_COLUMNS: Table = {
    "c-ip": ("source.ip", address),
    "c-port": ("source.port", port),
    "s-ip": ("destination.ip", address),
    "s-port": ("destination.port", port),
    "s-computername": ("host.name", word),
    "cs-method": ("http.request.method", word),
    "cs-bytes": ("http.request.bytes", count),
    "sc-bytes": ("http.response.bytes", count),
    "sc-status": ("http.response.status_code", number),
    "cs(user-agent)": ("user_agent.original", _spaced),
    "cs(referer)": ("http.request.referrer", word),
}
_USED = (*_COLUMNS, "date", "time", "cs-uri-stem", "cs-uri-query", "cs-version", "cs-host", "cs-username")


class Iis:
    """One request a line; directives begin with `#`."""

    name = "iis"

    def recognizes(self, source: Source) -> int:
        head = [line.lower() for line in first_lines(source)[:6]]
        fields = any(line.startswith(b"#fields:") and b"cs-method" in line for line in head)
        return 95 if fields else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        names: list[str] = []

        def parse(line: bytes) -> list[Seen]:
            text = shown(line)
            if text.startswith("#"):
                if text.lower().startswith("#fields:"):
                    names[:] = text[8:].lower().split()
                return []
            values = text.split()
            if not names or len(values) != len(names):
                raise Damaged(f"{len(values)} values for {len(names)} fields")
            return [_seen({n: v for n, v in zip(names, values, strict=True) if v != "-"}, text)]

        return read_lines(self.name, source, reject, parse)


def _seen(record: dict[str, Json], original: str) -> Seen:
    stem, query = word(record.get("cs-uri-stem"), "cs-uri-stem"), word(record.get("cs-uri-query"), "query")
    target = f"{stem}?{query}" if stem and query else stem
    host = word(record.get("cs-host"), "cs-host")
    domain, slash, user = (word(record.get("cs-username"), "cs-username") or "").rpartition("\\")
    status = number(record.get("sc-status"), "sc-status")
    row: dict[str, Value] = {
        "@timestamp": moment(f"{record.get('date', '')} {record.get('time', '')}", "date and time"),
        "event.kind": "event",
        "event.category": "web",
        "event.type": "access",
        "event.outcome": None if status is None else "success" if status < 400 else "failure",
        "event.module": "iis",
        "event.dataset": "iis.access",
        "network.protocol": "http",
        "network.transport": "tcp",
        "http.version": str(record.get("cs-version", "")).removeprefix("HTTP/") or None,
        "user.name": user or None,
        "user.domain": domain if slash else None,
        **(url_columns(target, host) if target else host_columns(host) if host else {}),
        **columns(record, _COLUMNS),
    }
    told = word(record.get("x-forwarded-for"), "x-forwarded-for") or ""
    return Seen("http", filled(row), {**left(record, _USED), **forwarded(told.replace("+", " "))}, original)


SENSOR = Iis()
