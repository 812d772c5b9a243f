"""The parts of a web request that an event tells of, whatever it came from."""

from collections.abc import Iterator, Mapping
from typing import cast

import msgspec

from detections.traits import is_address
from detections.web import parts
from detections.web.parts import Part
from taishi.core.event import Batch, Json, Value

_NEEDED = (
    "url.original",
    "user_agent.original",
    "http.request.referrer",
    "http.request.body.content",
    "http.request.mime_type",
    "taishi.http.headers",
    "taishi.extra",
    "url.domain",
    "source.ip",
    "destination.ip",
)
#: How a source's own fields may call a header: ECS's custom `http.request.headers.*`, plain `headers.*`.
_PREFIXES = ("http.request.headers.", "request.headers.", "headers.", "http.headers.")
#: In the text of a source's own fields where there may be such.
_MARK = "eaders"

_decode = msgspec.json.Decoder(dict[str, object]).decode


class Requests:
    """The requests of a batch, column by column: events are made only of those that are shown."""

    def __init__(self, batch: Batch) -> None:
        given = [name for name in _NEEDED if batch.rows.column(name).null_count < len(batch)]
        self._columns: dict[str, list[Value]] = {name: batch.column(name) for name in given}
        self._size = len(batch)

    def __len__(self) -> int:
        return self._size

    def text(self, name: str, row: int) -> str:
        """A column's value, empty where there is none."""
        column = self._columns.get(name)
        value = column[row] if column is not None else None
        return value if isinstance(value, str) else ""

    def site(self, row: int) -> str:
        """The name under which the server was asked, empty where that is an address or not known."""
        name = self.text("url.domain", row).lower()
        return "" if is_address(name) else name

    def parts(self, row: int) -> Iterator[Part]:
        """Everything of one request that its sender chose."""
        kind = self.text("http.request.mime_type", row)
        yield from parts.of_url(self.text("url.original", row))
        if agent := self.text("user_agent.original", row):
            yield Part("agent", "", agent, form=False)
        if referrer := self.text("http.request.referrer", row):
            yield from parts.of_referrer(referrer)
        if headers := self.text("taishi.http.headers", row):
            yield from parts.of_headers(headers)
        own = self.text("taishi.extra", row)
        if own and _MARK in own:
            lines = _own_headers(_decode(own))
            kind = kind or lines.lower().partition("content-type:")[2].partition("\n")[0].strip()
            yield from parts.of_headers(lines)
        if body := self.text("http.request.body.content", row):
            yield from parts.of_body(body, kind)


def _own_headers(extra: Mapping[str, object]) -> str:
    """Request headers among a source's own fields, one a line; those with a column of their own apart."""
    lines = []
    for key, value in extra.items():
        for prefix in _PREFIXES:
            if key.lower().startswith(prefix):
                lines.append(f"{key[len(prefix) :]}: {_flat(cast(Json, value))}")
                break
    return "\n".join(lines)


def _flat(value: Json) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("\n", " ")
