"""`taishi scan-data`: files, folders, archives and recordings searched for personal data."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detections.personal.found import ITEM_TYPES, ItemType
from detections.personal.grade import Graded
from detections.personal.shield import texts_of
from detections.personal.survey import Item, Tallied, survey
from sensors.choose import sensors
from taishi.app.intake import Input, expand, read, shown
from taishi.core.ports import Sensor
from taishi.core.problems import Problem
from taishi.kit.contents.opening import parts
from taishi.kit.contents.part import LIMITS, Limits, Line, Part, Unread

#: Recordings of traffic and Windows logs: read by their sensors, searched event by event.
_RECORDINGS = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a", b"ElfFile\0",
)  # fmt: skip
#: Told after each file: how many of how many.
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Place:
    """One text that was searched: the path as given (inside a container behind a `!`), what kind it was read
    as, and what it holds."""

    path: str
    kind: str
    items: tuple[Item, ...]
    tally: Tallied


@dataclass(frozen=True)
class Failed:
    path: str
    why: str


@dataclass
class DataScan:
    """What was searched, and what of it could not be."""

    places: list[Place] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)

    def note(self, found: Place | Failed) -> None:
        if isinstance(found, Place):
            self.places.append(found)
        else:
            self.failed.append(found)

    @property
    def tally(self) -> Tallied:
        whole = Tallied()
        for place in self.places:
            whole.merge(place.tally)
        return whole

    @property
    def summary(self) -> dict[ItemType, int]:
        items = self.tally.items
        return {kind: items[kind] for kind in ITEM_TYPES if items[kind]}

    def graded(self) -> Graded:
        return self.tally.graded()


def scan(paths: Sequence[Path], told: Told | None = None, limits: Limits = LIMITS) -> DataScan:
    """Everything below the paths. Raises Problem where none of it can be read."""
    result = DataScan()
    files, known = _files(paths, result), sensors()
    for number, path in enumerate(files):
        if told is not None:
            told(number, len(files))
        for found in _searched(path, known, limits):
            result.note(found)
    if told is not None:
        told(len(files), len(files))
    if not result.places:
        first = result.failed[0]
        raise Problem(f"{first.path}: {first.why}")
    return result


def _files(paths: Iterable[Path], result: DataScan) -> list[Path]:
    """The files below each path; a path without any is told among what failed."""
    found: list[Path] = []
    for path in paths:
        try:
            found += [file for file in expand([path]) if file not in found]
        except Problem as problem:
            result.failed.append(Failed(shown(path), str(problem).removeprefix(f"{path}: ")))
    return found


def _searched(path: Path, known: Sequence[Sensor], limits: Limits) -> Iterator[Place | Failed]:
    name = shown(path)
    try:
        if _is_recording(path):
            yield _recording(path, known)
            return
        for part in parts(path, limits):
            yield (
                Failed(_inside(name, part.within), part.why)
                if isinstance(part, Unread)
                else _place(name, part)
            )
    except Problem as problem:
        yield Failed(name, str(problem).removeprefix(f"{name}: "))
    except OSError as error:
        yield Failed(
            name, f"打不开，请检查路径和权限 / cannot be read ({error.strerror}); check path and rights"
        )


def _place(name: str, part: Part) -> Place:
    tally = Tallied()
    items = tuple(survey(part.lines, tally))
    return Place(_inside(name, part.within), part.kind, items, tally)


def _is_recording(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith(_RECORDINGS)


def _recording(path: Path, known: Sequence[Sensor]) -> Place:
    """Raises Problem where the sensor cannot read it. A line is the place of the packet or record, from 1."""
    report, tally = Input(shown(path)), Tallied()

    def lines() -> Iterator[Line]:
        for batch in read(path, report, known):
            yield from texts_of(batch)

    items = tuple(survey(lines(), tally))
    if report.unusable:
        raise Problem(report.unusable)
    return Place(report.path, report.kind or "", items, tally)


def _inside(name: str, within: str) -> str:
    return f"{name}!{within}" if within else name
