"""Which map a line is of, by what stands in it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sensors.fieldmaps.model import Mapped
from sensors.fieldmaps.splitting import Fields, cells, split
from sensors.lines import Damaged
from sensors.syslog_line import SyslogLine, uncounted, unframed
from sensors.values import parsed_address
from taishi.core.event import Json

_PRIORITY = re.compile(r"<\d{1,3}>\s?")


class Fit(NamedTuple):
    """A line and the map that fits it best."""

    mapped: Mapped
    fields: Mapping[str, Json]


class Line(NamedTuple):
    """A line of a device: its frame where it has one, and what stands behind it."""

    text: str
    body: str
    frame: SyslogLine | None

    @classmethod
    def of(cls, text: str, latest: datetime) -> "Line":
        frame: SyslogLine | None
        try:
            frame = unframed(text, latest)
        except Damaged:
            frame = None
        if frame is None:
            plain = uncounted(text)
            return cls(text, plain[found.end() :] if (found := _PRIORITY.match(plain)) else plain, None)
        return cls.framed(frame, text)

    @classmethod
    def framed(cls, frame: SyslogLine, text: str) -> "Line":
        """A device without a program's name begins with its pairs: the first is no program."""
        body = f"{frame.app} {frame.message}" if "=" in frame.app else frame.message
        return cls(text, body, frame)


#: Columns of CSV by the map whose head line has come.
Heads = dict[str, list[str]]


def head_of(line: Line, maps: Sequence[Mapped]) -> tuple[Mapped, list[str]] | None:
    """The map whose CSV this line is the head of, and its columns."""
    for mapped in maps:
        known = mapped.map
        if known.format != "csv" or known.columns or not _may(mapped, line):
            continue
        try:
            names = [name.strip() for name in cells(line.body, known.separator)]
        except Damaged:
            continue
        if set(known.recognize.keys) <= set(names):
            return mapped, names
    return None


def fit(line: Line, maps: Sequence[Mapped], heads: Heads | None = None) -> Fit | None:
    """The map with the most marks that are all in the line. Raises Damaged where none of them splits it."""
    best: Fit | None = None
    most, damage = 0, None
    for mapped in maps:
        marks = mapped.weight
        if best is not None and (mapped.hint is not None or marks <= most):
            continue
        head = heads.get(mapped.name) if heads else None
        if head is None and not _may(mapped, line):
            continue
        try:
            fields = split(mapped, line.body, head)
        except Damaged as error:
            damage = error
            continue
        if _is(mapped, fields):
            best, most = Fit(mapped, fields), marks
    if best is None and damage is not None:
        raise damage
    return best


def _may(mapped: Mapped, line: Line) -> bool:
    """Whether the marks stand in the line at all: cheap, asked of every line and map."""
    for mark in mapped.marks:
        if mark not in line.text:
            return False
    if mapped.map.format == "json" and not line.body.startswith("{"):
        return False
    return mapped.hint is None or _may_be_loose(mapped.hint, line)


def _may_be_loose(hint: re.Pattern[str], line: Line) -> bool:
    """Two pairs at least, and one of the keys."""
    if _has_its_own_reader(line) or not has_pairs(line.body):
        return False
    return hint.search(line.body.lower()) is not None


def has_pairs(text: str) -> bool:
    """Whether something may stand in pairs: asked of every line of syslog, before any pattern."""
    return sum(map(text.count, "=:：[【")) > 1


def _has_its_own_reader(line: Line) -> bool:
    """A file of JSON, and the kernel's lines (netfilter); JSON behind a frame is the device's."""
    if line.frame is None:
        return line.body.startswith(("{", "["))
    return line.frame.app == "kernel"


def any_mark(maps: Sequence[Mapped]) -> re.Pattern[str]:
    """Found in whatever line one of the maps of a product may fit: one look instead of one a map."""
    sure = (one.marks for one in maps if one.hint is None)
    return re.compile("|".join(re.escape(max(marks, key=len, default="")) for marks in sure))


def _is(mapped: Mapped, fields: Fields) -> bool:
    known = mapped.map.recognize
    if known.any and not _says_enough(mapped, fields):
        return False
    return all(key in fields for key in known.keys) and all(
        str(fields.get(key)) in values for key, values in known.fields.items()
    )


def _says_enough(mapped: Mapped, fields: Fields) -> bool:
    """Of each group one key with a value, and addresses that are some."""
    if not all(any(fields.get(key) for key in group) for group in mapped.map.recognize.any):
        return False
    return all(_is_address(str(fields[key])) for key in mapped.addresses if fields.get(key))


def _is_address(text: str) -> bool:
    host, _, place = text.rpartition(":")
    return parsed_address(text) is not None or (place.isdigit() and parsed_address(host) is not None)
