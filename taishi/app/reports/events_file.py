"""An export of risk events, one JSON object a line: anybody can recompute a published figure from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from detections.incident import plain
from taishi.app.posture import OWNERLESS
from taishi.core.clock import rfc3339
from taishi.core.incidents import INCIDENTS
from taishi.core.problems import Problem
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES, Level, RiskEvent, RiskVersion, Threat

#: Bad lines that are named; of more than these only the count.
_NAMED = 5
_THREATS: dict[str, Threat] = {word: key for key, name in THREAT_NAMES.items() for word in (key, name.zh)}
_LEVELS: dict[str, Level] = {word: key for key, name in LEVEL_NAMES.items() for word in (key, name.zh)}
T = TypeVar("T", bound=str)
_KINDS = {word: key for key, one in INCIDENTS.items() for word in (key, one.name.zh, one.name.en)}


class _Line(msgspec.Struct, rename={"threat": "class"}):
    """`time` is the first sighting. What an export of ours adds: the version, when it became known, its
    state, kind and subject.
    """

    id: str | int
    time: datetime
    threat: str
    level: str
    unit: str | None
    version: int = 0
    known_at: datetime | None = None
    state: Literal["open", "closed", "withdrawn"] = "open"
    kind: str | None = None
    subject: str = ""


@dataclass(frozen=True)
class EventsFile:
    """The risk events as they stood at a moment, each once; whether the lines say their kind."""

    events: tuple[RiskEvent, ...]
    kinds_told: bool


def read_events(path: Path, as_of: datetime | None = None) -> EventsFile:
    """A repeated id counts once: by its highest version known at `as_of`, then by its last line.

    A line that does not say when it became known was known when it was first seen. Raises Problem naming
    the bad lines.
    """
    newest: dict[str, RiskEvent] = {}
    kinds_told = False
    for line, known_at, event in _lines(path):
        kinds_told = kinds_told or line.kind is not None
        if as_of is not None and known_at > as_of:
            continue
        if event.id not in newest or newest[event.id].version <= event.version:
            newest[event.id] = event
    return EventsFile(tuple(newest.values()), kinds_told)


def _lines(path: Path) -> Iterator[tuple[_Line, datetime, RiskEvent]]:
    decoder = msgspec.json.Decoder(_Line)
    bad: list[str] = []
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                text = raw.removeprefix(b"\xef\xbb\xbf").strip()
                if not text:
                    continue
                try:
                    line = decoder.decode(text)
                    yield line, line.known_at or line.time, _event(line)
                except (ValueError, RecursionError) as error:
                    bad.append(f"line {number}: {error}")
    except OSError as error:
        raise Problem(
            f"{path}: {error.strerror}; give a file of risk events, one JSON object a line"
        ) from None
    if bad:
        more = f" … and {len(bad) - _NAMED} more lines" if len(bad) > _NAMED else ""
        raise Problem(f"{path} {'; '.join(bad[:_NAMED])}{more}")


def _event(line: _Line) -> RiskEvent:
    """Raises ValueError naming the key that cannot be read."""
    for moment, name in ((line.time, "time"), (line.known_at, "known_at")):
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"{name}: give a zone, such as 2026-11-01T08:00:00+08:00")
    unit = (line.unit or "").strip()
    return RiskEvent(
        id=str(line.id),
        alert_id=str(line.id),
        threat=_word(line.threat, "class", _THREATS),
        level=_word(line.level, "level", _LEVELS),
        unit=None if unit in ("", OWNERLESS) else unit,
        subject=line.subject,
        first_seen=line.time,
        last_seen=line.time,
        count=1,
        version=line.version,
        state=line.state,
        incident=_word(line.kind, "kind", _KINDS) if line.kind else "other",
    )


def _word(given: str, name: str, known: dict[str, T]) -> T:
    if given.strip() not in known:
        raise ValueError(f"{name} {given!r} is none; write one of {', '.join(known)}")
    return known[given.strip()]


def export_lines(found: Iterable[RiskVersion]) -> Iterator[bytes]:
    """Every version of the risk events, so that the figures of any moment can be made again."""
    for one in found:
        event = one.event
        yield msgspec.json.encode(
            {
                "id": event.id,
                "time": rfc3339(event.first_seen),
                "class": event.threat,
                "level": event.level,
                "unit": event.unit,
                "version": event.version,
                "known_at": rfc3339(one.known_at),
                "state": event.state,
                "kind": INCIDENTS[event.incident or plain(event.threat)].name.zh,
                "subject": event.subject,
            }
        )
