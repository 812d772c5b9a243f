"""One event as rules see it: fields by name, texts lowered once, decoded requests made on demand."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from detections.decoding import decode_everything, decode_request
from taishi.core.event import Event, Json, Value

#: Every value of a field twice: as it is, and as lower-case text.
Pair = tuple[Value | Json, str]


def _extension(event: Event) -> str | None:
    """The extension of the path, as SigmaHQ's `c-uri-extension` means it."""
    return PurePosixPath(event.text("url.path")).suffix.removeprefix(".") or None


#: Fields made when a rule asks for them.
_MADE: dict[str, Callable[[Event], Value]] = {
    "taishi.http.decoded": decode_request,
    "taishi.http.everything": decode_everything,
    "taishi.url.extension": _extension,
}


class View:
    """Answers what rules ask of an event. ECS columns win over the source's own fields of that name."""

    __slots__ = ("_extra", "_pairs", "event")

    def __init__(self, event: Event) -> None:
        self.event = event
        self._extra = _named(event.extra)
        self._pairs: dict[str, tuple[Pair, ...]] = {}

    def raw(self, name: str) -> Value | Json:
        """The value of a field, None where there is none."""
        if name in self._extra:
            return self._extra[name]
        if name in self.event.fields:
            return self.event.fields[name]
        made = _MADE.get(name)
        return made(self.event) if made else None

    def has(self, name: str) -> bool:
        return name in self._extra or name in self.event.fields

    def pairs(self, name: str) -> tuple[Pair, ...]:
        """The values of a field; several where it is a list, none where it is absent."""
        known = self._pairs.get(name)
        if known is None:
            known = self._pairs[name] = tuple(_pairs(self.raw(name)))
        return known

    def everything(self) -> Iterator[Pair]:
        """Every value there is, and the raw record: what keywords are searched in."""
        for name in (*self._extra, *self.event.fields):
            if name != "taishi.extra":
                yield from self.pairs(name)


def _named(extra: dict[str, Json]) -> dict[str, Json]:
    """Field names with spaces (`Threat Name`) also as rules write them (`ThreatName`)."""
    spaced = {name.replace(" ", ""): value for name, value in extra.items() if " " in name}
    return {**spaced, **extra} if spaced else extra


def _pairs(value: Value | Json) -> Iterator[Pair]:
    if value is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from _pairs(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _pairs(item)
    elif isinstance(value, str):
        yield value, value.lower()
    else:
        yield value, str(value).lower()
