"""The parts of a web request that an event tells of, whatever it came from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, cast

import msgspec

from detections.traits import is_address
from detections.web import parts
from detections.web.matcher import Seen, all_seen
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
#: Of these, what few sources tell.
_MORE = ("http.request.body.content", "taishi.http.headers", "taishi.extra")
#: Letters of a text that is remembered with what it showed.
_SHORT = 600
#: How a source's own fields may call a header: ECS's custom `http.request.headers.*`, plain `headers.*`.
_PREFIXES = ("http.request.headers.", "request.headers.", "headers.", "http.headers.")
#: In the text of a source's own fields where there may be such.
_MARK = "eaders"

_decode = msgspec.json.Decoder(dict[str, object]).decode


class Look(NamedTuple):
    """Parts of a request and the signs they show, by name."""

    parts: tuple[Part, ...]
    seen: Mapping[str, Seen]


class Requests:
    """The requests of a batch, column by column: events are made only of those that are shown."""

    def __init__(self, batch: Batch) -> None:
        given = [name for name in _NEEDED if batch.rows.column(name).null_count < len(batch)]
        self._columns: dict[str, list[Value]] = {name: batch.column(name) for name in given}
        self._size = len(batch)
        self._has_more = not self._columns.keys().isdisjoint(_MORE)

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

    def looks(self, row: int) -> Iterator[Look]:
        """Everything of one request that its sender chose, and the signs it shows, piece by piece."""
        yield _of_url(self.text("url.original", row))
        if agent := self.text("user_agent.original", row):
            yield _of_agent(agent)
        if referrer := self.text("http.request.referrer", row):
            yield _of_referrer(referrer)
        if self._has_more:
            yield look(self._more(row))

    def _more(self, row: int) -> Iterator[Part]:
        """What few sources tell: headers and the body."""
        kind = self.text("http.request.mime_type", row)
        if headers := self.text("taishi.http.headers", row):
            yield from parts.of_headers(headers)
        own = self.text("taishi.extra", row)
        if own and _MARK in own:
            lines = _own_headers(_decode(own))
            kind = kind or lines.lower().partition("content-type:")[2].partition("\n")[0].strip()
            yield from parts.of_headers(lines)
        if body := self.text("http.request.body.content", row):
            yield from parts.of_body(body, kind)


def look(found: Iterable[Part]) -> Look:
    """What these parts show."""
    held = tuple(found)
    return Look(held, all_seen(held))


def _remembered(cut: Callable[[str], Iterable[Part]], most: int) -> Callable[[str], Look]:
    """Looks at a text; at one that was looked at lately not again. Long ones would fill the memory."""
    again = lru_cache(maxsize=most)(lambda text: look(cut(text)))
    return lambda text: again(text) if len(text) <= _SHORT else look(cut(text))


_of_url = _remembered(parts.of_url, 1 << 14)
_of_agent = _remembered(lambda text: [Part("agent", "", text, form=False)], 1 << 12)
_of_referrer = _remembered(parts.of_referrer, 1 << 12)


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
