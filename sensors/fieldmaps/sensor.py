"""Firewalls and other devices whose fields a map names: CEF, LEEF, pairs, CSV, JSON."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from sensors.fieldmaps.applying import mapped_event
from sensors.fieldmaps.choosing import Fit, Heads, Line, any_mark, fit, has_pairs, head_of
from sensors.fieldmaps.model import Mapped
from sensors.fieldmaps.shelf import Shelf, shipped
from sensors.lines import Damaged, Intake, Seen, first_lines, shown
from sensors.octets import messages
from sensors.sshd import syslog_events
from sensors.syslog_line import SyslogLine
from taishi.core.clock import SystemClock
from taishi.core.event import Batch
from taishi.core.source import Reject, Source


class FieldMapSensor:
    """One event a line. Lines of syslog that no map fits are events of syslog; others are rejected."""

    name = "fieldmap"

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: where the user's own maps lie."""
        self._shelf = Shelf(folder)

    def with_own(self, folder: Path) -> "FieldMapSensor":
        return FieldMapSensor(folder)

    def recognizes(self, source: Source) -> int:
        latest = SystemClock().now()
        lines = [Line.of(shown(raw), latest) for raw in first_lines(source)]
        maps = self._shelf.maps
        if not lines:
            return 0
        if head_of(lines[0], maps):
            return 79
        fits = sum(1 for line in lines if _fits(line, maps))
        framed = sum(1 for line in lines if line.frame is not None)
        if fits / len(lines) >= 0.5:
            named = [one for one in maps if one.hint is None]
            return 79 if any(_fits(line, named) for line in lines) else 58
        return 76 if fits and framed / len(lines) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        latest = source.written
        intake, reader = Intake(self.name, source, reject), LineReader(self._shelf.maps, latest)
        for raw in messages(source, intake.refuse):
            yield from intake.take(raw, lambda one: reader.events(shown(one)))
        yield from intake.rest()


def _fits(line: Line, maps: Sequence[Mapped]) -> bool:
    try:
        return fit(line, maps) is not None
    except Damaged:
        return False


class LineReader:
    """Reads the lines of one source; remembers the head line of CSV."""

    def __init__(self, maps: Sequence[Mapped], latest: datetime, *, only_maps: bool = False) -> None:
        """`latest`: no time without a year is after it; `only_maps`: what no map fits is no syslog either."""
        self._maps, self._latest, self._only_maps = maps, latest, only_maps
        self._heads: Heads = {}
        self._tables = [one for one in maps if one.map.format == "csv" and not one.map.columns]

    def events(self, text: str) -> Sequence[Seen]:
        """None of a CSV's head line. Raises Damaged."""
        line = Line.of(text, self._latest)
        head = head_of(line, self._tables)
        if head is not None:
            self._heads[head[0].name] = head[1]
            return []
        found = fit(line, self._maps, self._heads)
        if found is not None:
            return [_event(found, line, self._latest)]
        if line.frame is not None and not self._only_maps:
            return syslog_events(text, self._latest)
        raise Damaged("no field map fits this line")


def _event(found: Fit, line: Line, latest: datetime) -> Seen:
    return mapped_event(found.mapped, found.fields, line.frame, line.text, latest)


@cache
def _any_shipped() -> re.Pattern[str]:
    return any_mark(shipped())


class FieldMapMessage:
    """A device's line among others of syslog, by the shipped maps."""

    def knows(self, line: SyslogLine) -> bool:
        """Whether it may be: whether one fits is worked out once, with the event."""
        return bool(_any_shipped().search(line.message)) or "=" in line.app or has_pairs(line.message)

    def events(self, line: SyslogLine, original: str) -> Sequence[Seen]:
        try:
            found = fit(Line.framed(line, f"{line.app} {line.message}"), shipped())
        except Damaged:
            return []
        return [_event(found, Line.framed(line, original), line.time)] if found else []
