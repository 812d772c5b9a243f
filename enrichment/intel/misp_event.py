"""A MISP event, as JSON, becomes a report and its indicators.

Format: https://www.misp-standard.org/rfc/misp-standard-core.html. What is damaged in one attribute is told
and the others go on; an event without a usable uuid is none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from enrichment.intel.tags import confidence_of, lifetime_of, techniques_of, tlp_of
from enrichment.intel.values import NotAnIndicator, normal, parts_of
from taishi.core.ids import stable_id
from taishi.core.indicators import Indicator, Report
from taishi.core.records import Level

#: MISP core format, 2.2.2.5: 1 high, 2 medium, 3 low, 4 undefined.
_THREATS: dict[str, Level | None] = {"1": "high", "2": "medium", "3": "low", "4": None}


class Unreadable(ValueError):
    """The document is no MISP event."""


class _Tag(msgspec.Struct):
    name: str = ""


class _Attribute(msgspec.Struct):
    uuid: str
    type: str
    value: str
    category: str = ""
    comment: str | None = ""
    to_ids: bool | str | int = False
    deleted: bool | str | int = False
    timestamp: str | int = 0
    first_seen: str | None = None
    last_seen: str | None = None
    tags: list[_Tag] = msgspec.field(name="Tag", default_factory=list)


class _Object(msgspec.Struct):
    deleted: bool | str | int = False
    first_seen: str | None = None
    last_seen: str | None = None
    tags: list[_Tag] = msgspec.field(name="Tag", default_factory=list)
    attributes: list[msgspec.Raw] = msgspec.field(name="Attribute", default_factory=list)


class _Organisation(msgspec.Struct):
    name: str = ""


class _Event(msgspec.Struct):
    uuid: str
    info: str = ""
    timestamp: str | int = 0
    threat_level_id: str | int | None = None
    producer: _Organisation | None = msgspec.field(name="Orgc", default=None)
    tags: list[_Tag] = msgspec.field(name="Tag", default_factory=list)
    attributes: list[msgspec.Raw] = msgspec.field(name="Attribute", default_factory=list)
    objects: list[_Object] = msgspec.field(name="Object", default_factory=list)


class _Wrapped(msgspec.Struct):
    event: _Event = msgspec.field(name="Event")


@dataclass
class Parsed:
    """What one event says, and what of it could not be read."""

    report: Report
    indicators: list[Indicator] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Around:
    """What an attribute inherits."""

    tags: tuple[str, ...]
    first: str | None = None
    last: str | None = None


def read_event(source: str, document: bytes) -> Parsed:
    """`{"Event": {…}}`. Raises Unreadable where it is none, or its uuid is no UUID."""
    try:
        event = msgspec.json.decode(document, type=_Wrapped).event
        identity = str(UUID(event.uuid))
        at = moment(event.timestamp)
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError, OverflowError) as error:
        raise Unreadable(str(error)) from None
    tags = _names(event.tags)
    threat = _THREATS.get(str(event.threat_level_id))
    producer = event.producer.name if event.producer else ""
    attributes = len(event.attributes) + sum(len(one.attributes) for one in event.objects)
    parsed = Parsed(Report(source, identity, event.info, producer, at, threat, tags, attributes))
    for raw, around in _attributes(event):
        _add(parsed, raw, around)
    return parsed


def _attributes(event: _Event) -> Iterator[tuple[msgspec.Raw, _Around]]:
    tags = _names(event.tags)
    yield from ((raw, _Around(tags)) for raw in event.attributes)
    for one in event.objects:
        if not flag(one.deleted):
            around = _Around((*_names(one.tags), *tags), one.first_seen, one.last_seen)
            yield from ((raw, around) for raw in one.attributes)


def _add(parsed: Parsed, raw: msgspec.Raw, around: _Around) -> None:
    try:
        attribute = msgspec.json.decode(raw, type=_Attribute)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        parsed.problems.append(f"{parsed.report.id}: an attribute cannot be read: {error}")
        return
    if flag(attribute.deleted):
        return
    for given, value, port in parts_of(attribute.type, attribute.value):
        try:
            parsed.indicators.append(_indicator(parsed.report, attribute, around, given, value, port))
        except (NotAnIndicator, ValueError, OverflowError) as error:
            parsed.problems.append(f"{parsed.report.id}: {attribute.type} {attribute.uuid}: {error}")


def _indicator(
    report: Report, attribute: _Attribute, around: _Around, given: str, value: str, port: int | None
) -> Indicator:
    kind, text = normal(given, value)
    tags = tuple(dict.fromkeys((*_names(attribute.tags), *around.tags)))
    at = moment(attribute.timestamp) if attribute.timestamp else report.at
    last = seen(attribute.last_seen or around.last)
    lifetime = lifetime_of(tags)
    return Indicator(
        id=stable_id(report.source, attribute.uuid, given, text),
        source=report.source,
        event=report.id,
        attribute=attribute.uuid,
        type=kind,
        value=text,
        given=given,
        at=at,
        to_ids=flag(attribute.to_ids),
        port=port,
        category=attribute.category,
        comment=attribute.comment or "",
        tags=tags,
        techniques=techniques_of(tags),
        tlp=tlp_of(tags),
        confidence=confidence_of(tags),
        first_seen=seen(attribute.first_seen or around.first),
        last_seen=last,
        expires=(last or at) + lifetime if lifetime else None,
    )


def _names(tags: Sequence[_Tag]) -> tuple[str, ...]:
    return tuple(tag.name for tag in tags if tag.name)


def flag(value: bool | str | int) -> bool:
    """MISP writes booleans as such, as numbers and as text."""
    return value in (True, 1, "1", "true", "True")


def moment(value: str | int) -> datetime:
    """Seconds since 1970. Raises ValueError or OverflowError where it is none."""
    return datetime.fromtimestamp(int(value), UTC)


def seen(value: str | None) -> datetime | None:
    """ISO 8601 with a zone, as MISP writes `first_seen`; without one it is UTC. Raises ValueError."""
    if not value:
        return None
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
