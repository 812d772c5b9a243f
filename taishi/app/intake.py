"""Files become batches: the right sensor by content, every record counted or quarantined."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow.compute as pc

from sensors.choose import sense
from taishi.core.event import Batch
from taishi.core.flat import FlatRecords
from taishi.core.ports import FlatSensor, Sensor
from taishi.core.problems import Problem
from taishi.core.source import Source

#: How much of a damaged record is kept.
KEPT_BYTES = 4096


@dataclass(frozen=True)
class Rejected:
    """One damaged record: its zero-based position, why, and its beginning."""

    record: int
    reason: str
    raw: bytes


def _nobody(_: Rejected) -> None:
    """Where nobody looks at damaged records, they are only counted."""


@dataclass
class Input:
    """What came of one file: counts, and the reason where it could not be used at all."""

    path: str
    kind: str | None = None
    events: int = 0
    quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unusable: str | None = None
    #: Keeps each record that could not be read, where somebody may look at it.
    keep: Callable[[Rejected], None] = _nobody

    def reject(self, record: int, reason: str, raw: bytes) -> None:
        """Counts one damaged record (the sensors' `Reject`) and has it kept."""
        self.quarantined += 1
        self.reasons[reason] += 1
        self.keep(Rejected(record, reason, raw[:KEPT_BYTES]))


def expand(paths: Iterable[Path]) -> list[Path]:
    """The files meant, each once: folders give every file below them, in name order."""
    found: dict[Path, Path] = {}
    for path in paths:
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        if not files:
            raise Problem(f"{path}: the folder holds no file; name one that does")
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def shown(path: Path) -> str:
    """A path as text that can be stored and printed; names in GB18030 are read as such."""
    name = os.fsencode(path)
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "backslashreplace")


def read(path: Path, report: Input, known: Sequence[Sensor] | None = None) -> Iterator[Batch]:
    """Batches of one file. What is wrong with it is left in `report`; nothing is raised.

    `known`: the sensors of a run over several files (`sensors.choose.sensors`).
    """
    for batch in _guarded(path, report, known, lambda source, sensor: sensor.read(source, report.reject)):
        yield placed(batch, shown(path))


#: What a file gives the short way: own fields first and whole events when asked for, where its sensor can.
Records = Batch | tuple[FlatRecords, Mapping[str, str]]


def read_short(path: Path, report: Input, known: Sequence[Sensor] | None = None) -> Iterator[Records]:
    """As `read`, but flat records, with the columns they answer, where the sensor has them."""

    answered: dict[str, str] = {}

    def give(source: Source, sensor: Sensor) -> Iterator[Batch | FlatRecords]:
        if isinstance(sensor, FlatSensor):
            answered.update(sensor.answered)
            return sensor.flat(source, report.reject)
        return sensor.read(source, report.reject)

    for found in _guarded(path, report, known, give):
        yield placed(found, shown(path)) if isinstance(found, Batch) else (found, answered)


_Sized = TypeVar("_Sized", bound=Sized)


def _guarded(
    path: Path,
    report: Input,
    known: Sequence[Sensor] | None,
    give: Callable[[Source, Sensor], Iterator[_Sized]],
) -> Iterator[_Sized]:
    """What the right sensor gives, counted."""
    try:
        source = Source.of(path)
        sensor = sense(source, known)
        report.kind = sensor.name
        for found in give(source, sensor):
            report.events += len(found)
            yield found
    except Problem as problem:
        report.unusable = _clean(str(problem))
    except Exception as error:  # noqa: BLE001 - a decoder's defect must not cost the other inputs
        said = f"{type(error).__name__}: {error}"
        report.unusable = _clean(f"{shown(path)}: {report.kind or 'reading'} failed ({said})")


def _clean(text: str) -> str:
    """Text that can be printed wherever names of files were not."""
    return text.encode("utf-8", "backslashreplace").decode()


def placed(batch: Batch, path: str) -> Batch:
    """The file that events stood in, where they do not say another themselves."""
    said = batch.rows.column("log.file.path")
    return batch.with_columns({"log.file.path": pc.fill_null(said, path)})


def require_one(inputs: list[Input]) -> None:
    """Raises Problem when no input could be read."""
    unusable = [one.unusable for one in inputs if one.unusable]
    if inputs and len(unusable) == len(inputs):
        more = f" (and {len(unusable) - 1} more)" if len(unusable) > 1 else ""
        raise Problem(f"{unusable[0]}{more}")
