"""Whole web requests as JSON lines: method, target, headers as an object, body.

Proxies and test sets write them. A line without a time has that of its file (last modified):
when it was sent is not known, what was sent is.
"""

from collections.abc import Iterator, Mapping

from sensors.ecs_rows import ecs_event
from sensors.json_records import first_object, read_objects
from sensors.lines import Damaged, Seen
from sensors.loose_json import renamed
from sensors.web import host_columns, url_columns
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

_HEADERS = ("headers", "request_headers", "requestHeaders", "req_headers")
_BODIES = ("data", "body", "request_body", "requestBody", "post_data", "postdata", "payload")
_TARGETS = ("uri", "url", "path", "target", "request_uri", "requestUri")
_METHODS = ("method", "http_method", "request_method", "verb")
#: Headers that have a column of their own.
_COLUMNS = {
    "user-agent": "user_agent.original",
    "referer": "http.request.referrer",
    "content-type": "http.request.mime_type",
}


class RequestJson:
    """Known by a method, a target and an object of headers in one record."""

    name = "request_json"

    def recognizes(self, source: Source) -> int:
        try:
            record = first_object(source)
        except Damaged:
            return 0
        whole = all(_first(record, names) is not None for names in (_METHODS, _TARGETS))
        return 60 if whole and isinstance(_first(record, _HEADERS), dict) else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        changed = source.written.isoformat()
        return read_objects(self.name, source, reject, lambda record, raw: [_seen(record, raw, changed)])


def _seen(record: Mapping[str, Json], raw: str, changed: str) -> Seen:
    headers = _first(record, _HEADERS)
    told = headers if isinstance(headers, dict) else {}
    target, body = _first(record, _TARGETS), _first(record, _BODIES)
    if target is None and not told:
        raise Damaged("no request: neither a target nor headers")
    fields = renamed(
        {name: value for name, value in record.items() if value is not headers and value is not body}
    )
    fields.setdefault("@timestamp", changed)
    fields["taishi.kind"] = "http"
    for name, value in told.items():
        _header(fields, name, value)
    if isinstance(target, str):
        host = fields.get("url.domain")
        columns = url_columns(target, host if isinstance(host, str) else None)
        fields |= {name: value for name, value in columns.items() if isinstance(value, (str, int))}
    if isinstance(body, str):
        fields["http.request.body.content"] = body
    return ecs_event(fields, raw)


def _header(fields: dict[str, Json], name: str, value: Json) -> None:
    """A header's own column, else the source's own field: credentials stay where the source put them."""
    low = name.lower()
    if low == "host" and isinstance(value, str):
        site = host_columns(value)
        fields |= {field: said for field, said in site.items() if isinstance(said, (str, int))}
        if "destination.ip" not in fields and "url.domain" in site:
            fields.setdefault("destination.domain", fields["url.domain"])
    elif low in _COLUMNS and isinstance(value, str):
        fields.setdefault(_COLUMNS[low], value.partition(";")[0].lower() if low == "content-type" else value)
        if low == "content-type" and ";" in value:
            fields[f"headers.{name}"] = value
    else:
        fields[f"headers.{name}"] = value


def _first(record: Mapping[str, Json], names: tuple[str, ...]) -> Json:
    return next((record[name] for name in names if record.get(name) is not None), None)


SENSOR = RequestJson()
