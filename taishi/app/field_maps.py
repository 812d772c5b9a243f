"""Field maps of the data directory: tried on lines before they are kept, every change audited and undone."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sensors.fieldmaps.model import Mapped, read_map
from sensors.fieldmaps.sensor import LineReader
from sensors.fieldmaps.shelf import Shelf
from sensors.lines import Damaged, Seen, checked_time
from taishi.app.refusal import Refusal
from taishi.app.roles import ADMIN, require_or_system
from taishi.core.clock import Clock
from taishi.core.event import BatchBuilder, Event
from taishi.core.ports import StateStore
from taishi.core.problems import Problem

#: Lines that are tried at once, and former versions that are kept of a map.
MOST_LINES, FORMER = 200, 20


@dataclass(frozen=True)
class Tried:
    """What a map makes of one line: an event, a reason, or neither (the head line of a table)."""

    line: int
    text: str
    event: Event | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Listed:
    """A map and how it stands: `own` ones may be undone; `former`: how many earlier versions are kept."""

    mapped: Mapped
    former: int


class FieldMaps:
    """Reads and writes `fieldmaps/` of the data directory; sensors see a change at the next file."""

    def __init__(self, folder: Path, state: StateStore, clock: Clock) -> None:
        self.folder = folder
        self._state, self._clock = state, clock
        self._shelf = Shelf(folder)

    def listed(self) -> list[Listed]:
        """By name, own ones in place of the shipped ones that they replace."""
        found = sorted(self._shelf.maps, key=lambda one: one.name)
        return [Listed(one, len(self._versions(one.name))) for one in found]

    @property
    def problems(self) -> Sequence[str]:
        """Files of the folder that cannot be read, and why."""
        self._shelf.maps  # noqa: B018 - looks into the folder
        return tuple(self._shelf.problems)

    def get(self, name: str) -> Listed:
        """Raises Problem where there is none of that name."""
        for one in self.listed():
            if one.mapped.name == name:
                return one
        names = ", ".join(one.mapped.name for one in self.listed())
        raise Problem(f"{name}: no field map of that name; there are: {names}")

    def save(self, text: str, by: str, why: str = "") -> Mapped:
        """Keeps a map; the version before stays at hand. Raises Problem where it is none."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *ADMIN)
            mapped = read_map(text, "field map", own=True)
            path = self._path(mapped.name)
            replaced = path.is_file()
            self._decide(actor, "fieldmap.save", mapped.name, "replaced" if replaced else "new", why)
            self._keep_former(mapped.name)
            _write(path, text)
        return mapped

    def undo(self, name: str, by: str, why: str = "") -> None:
        """Back to the version before the last change. Raises Refusal where there is none."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *ADMIN)
            versions = self._versions(name)
            if not versions:
                raise Refusal(f"“{name}” 没有更早的版本", f"{name} has no former version")
            former = versions[-1]
            text = former.read_text("utf-8")
            result = "former version" if text else "as shipped, or none"
            self._decide(actor, "fieldmap.undo", name, result, why)
            if text:
                _write(self._path(name), text)
            else:
                self._path(name).unlink(missing_ok=True)
            former.unlink()

    def remove(self, name: str, by: str, why: str = "") -> None:
        """Takes an own map away (a shipped one of that name counts again); `undo` brings it back."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *ADMIN)
            if not self.get(name).mapped.own:
                raise Refusal(
                    f"“{name}” 是随产品提供的，不能删除；可另存同名映射来替换",
                    f"{name} is shipped and stays; save one of the same name to replace it",
                )
            self._decide(actor, "fieldmap.remove", name, "removed", why)
            self._keep_former(name)
            self._path(name).unlink(missing_ok=True)

    def _decide(self, actor: str, action: str, name: str, result: str, why: str) -> None:
        self._state.decide(self._clock.now(), actor, action, "fieldmap", name, result, why)

    def _path(self, name: str) -> Path:
        """The file that holds the map of that name: a person may have named it otherwise."""
        for path in sorted(self.folder.glob("*.yml")):
            try:
                if read_map(path.read_text("utf-8"), path.name).name == name:
                    return path
            except (Problem, OSError, UnicodeDecodeError):
                continue
        return self.folder / f"{name}.yml"

    def _versions(self, name: str) -> list[Path]:
        """Former versions, oldest first; an empty one says that there was no own map."""
        return sorted((self.folder / ".former" / name).glob("*.yml"))

    def _keep_former(self, name: str) -> None:
        folder, path, versions = self.folder / ".former" / name, self._path(name), self._versions(name)
        folder.mkdir(parents=True, exist_ok=True)
        number = int(versions[-1].stem) + 1 if versions else 1
        _write(folder / f"{number:06}.yml", path.read_text("utf-8") if path.is_file() else "")
        for old in versions[: max(0, len(versions) + 1 - FORMER)]:
            old.unlink()


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    shutil.move(new, path)


def try_map(text: str, lines: str, now: datetime) -> list[Tried]:
    """What a map that is not kept yet makes of each line. Raises Problem where it is no map."""
    reader = LineReader([read_map(text, "field map", own=True)], now, only_maps=True)
    found = []
    for number, line in enumerate(lines.splitlines()[:MOST_LINES], 1):
        if line.strip():
            found.append(_tried(reader, number, line))
    return found


def _tried(reader: LineReader, number: int, line: str) -> Tried:
    try:
        seen = list(reader.events(line))
        return Tried(number, line, _event(seen[0], number) if seen else None)
    except Damaged as damaged:
        return Tried(number, line, reason=str(damaged))


def _event(seen: Seen, number: int) -> Event:
    """As it would be stored. Raises Damaged."""
    builder = BatchBuilder(seen.kind, "fieldmap", "tried")
    time = seen.row.get("@timestamp")
    if isinstance(time, datetime):
        checked_time(time, "@timestamp")
    builder.add(number - 1, seen.row, seen.extra, seen.original)
    batch = builder.take()
    if batch is None:
        raise Damaged("no event")
    return next(batch.events())
