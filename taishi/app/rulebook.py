"""The rule packs of a data directory: added, updated, put back, taken away; each act named and audited."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from detections.engine.load import Progress, load_rules
from detections.engine.rule import Refusal
from taishi.app.intake import shown
from taishi.app.roles import ADMIN, require
from taishi.app.rule_changes import Changes, compare_packs
from taishi.app.rule_reading import refusals_below
from taishi.app.rule_release import SUFFIXES, Release, take_release
from taishi.core.clock import Clock
from taishi.core.ports import StateStore
from taishi.core.problems import Problem, Refused
from taishi.kit.kept import Kept


class PackManifest(msgspec.Struct, frozen=True):
    """Where an installed pack came from. `version` is the source's own word: a commit or a release."""

    name: str
    source: str
    version: str
    sha256: str
    added_at: datetime
    by: str
    files: int
    rules: int
    correlations: int
    filters: int
    refused: int
    left_out: dict[str, int] = {}


@dataclass(frozen=True)
class Pack:
    """An installed pack. `manifest`: None for one that somebody copied in by hand; `undo`: an earlier
    version is kept."""

    name: str
    path: Path
    manifest: PackManifest | None
    undo: bool


@dataclass(frozen=True)
class Taken:
    """What a folder, file or release holds, checked. `changes`: against the installed version, if any."""

    manifest: PackManifest
    refused: tuple[Refusal, ...]
    changes: Changes | None = None
    applied: bool = False


def pack_paths(data: Path) -> list[Path]:
    """The packs that were added, in name order."""
    folder = data / "rules"
    return sorted(path for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []


class Rulebook:
    """Packs lie in `rules/NAME`, their manifests in `rules/.NAME.json`, the version before in
    `rules/.previous`. Without a state store (no service has run here yet) there is nobody to name."""

    def __init__(
        self,
        data: Path,
        clock: Clock,
        state: StateStore | None = None,
        kept: Kept | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._data, self._clock, self._state = data, clock, state
        self._kept, self._progress = kept, progress
        self._folder = data / "rules"
        self._before = self._folder / ".previous"

    def packs(self) -> list[Pack]:
        return [self._pack(path) for path in pack_paths(self._data)]

    def get(self, name: str) -> Pack:
        """Raises Problem where there is no such pack."""
        for pack in self.packs():
            if pack.name == name:
                return pack
        listed = ", ".join(pack.name for pack in self.packs()) or "none"
        raise Problem(f"{name}: no such rule pack; there are: {listed}")

    def add(self, path: Path, by: str, why: str = "", name: str | None = None) -> Taken:
        """Keeps a copy of a folder, file or release zip. The same again changes nothing.

        Raises Problem where it holds no rule that can be used, Refused where another version is installed.
        """
        self._may(by)
        name = _checked_name(name or pack_name(path))
        installed = {pack.name: pack for pack in self.packs()}.get(name)
        with self._staged(path) as (release, folder):
            taken = self._check(path, name, by, release, folder)
            if installed is None:
                self._install(name, folder, taken.manifest)
                self._audit(by, "add", name, taken.manifest, why)
                return replace(taken, applied=True)
        if installed.manifest is not None and installed.manifest.sha256 == taken.manifest.sha256:
            return taken
        raise Refused(
            f"{name}: a pack of that name is installed; `taishi rules update {name} --from PATH`"
            " shows what would change, or give it another --name"
        )

    def update(self, name: str, path: Path | None, by: str, why: str = "", *, apply: bool = False) -> Taken:
        """What a new version (None: its source, read again) changes; done only where `apply` says so."""
        installed = self.get(name)
        if apply:
            self._may(by)
        source = path or self._source(installed)
        with self._staged(source) as (release, folder):
            taken = self._check(source, name, by, release, folder)
            changes = compare_packs(installed.path, folder)
            if apply:
                self._install(name, folder, taken.manifest)
                self._audit(by, "update", name, taken.manifest, why)
        return replace(taken, changes=changes, applied=apply)

    def rollback(self, name: str, by: str, why: str = "") -> Pack:
        """Puts the version before back (a removed pack, too); once more puts the newer one back."""
        self._may(by)
        kept = self._before / _checked_name(name)
        if not kept.exists():
            raise Refused(f"{name}: no earlier version is kept, so there is nothing to put back")
        with TemporaryDirectory(dir=self._folder, prefix=".new.") as stage:
            shutil.move(kept, Path(stage, name))
            manifest = self._manifest(self._before / f"{name}.json")
            self._install(name, Path(stage, name), manifest)
        self._audit(by, "roll back", name, manifest, why)
        return self.get(name)

    def remove(self, name: str, by: str, why: str = "") -> None:
        """Takes a pack away; `rollback` brings it back. Raises Problem where there is no such pack."""
        self._may(by)
        pack = self.get(name)
        self._put_aside(name)
        self._audit(by, "remove", name, pack.manifest, why)

    def _pack(self, path: Path) -> Pack:
        manifest = self._manifest(self._folder / f".{path.name}.json")
        return Pack(path.name, path, manifest, (self._before / path.name).exists())

    def _manifest(self, path: Path) -> PackManifest | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=PackManifest)
        except (OSError, msgspec.DecodeError):
            return None

    def _source(self, pack: Pack) -> Path:
        if pack.manifest is None:
            raise Problem(f"{pack.name}: nothing says where it came from; give --from PATH")
        return Path(pack.manifest.source)

    @contextmanager
    def _staged(self, path: Path) -> Iterator[tuple[Release, Path]]:
        """A copy in a folder beside the packs, so that it can take its place at once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder, prefix=".new.") as stage:
            folder = Path(stage, "pack")
            yield take_release(path, folder), folder

    def _check(self, path: Path, name: str, by: str, release: Release, folder: Path) -> Taken:
        pack = load_rules([folder], kept=self._kept, progress=self._progress)
        refused = tuple(refusals_below(folder, pack))
        if not pack.rules:
            why = f" (first reason: {refused[0].reason})" if refused else ""
            raise Problem(f"{path}: holds no Sigma rule that can be used{why}")
        manifest = PackManifest(
            name=name,
            source=shown(path.absolute()),
            version=release.version,
            sha256=release.sha256,
            added_at=self._clock.now(),
            by=by,
            files=release.files,
            rules=len(pack.rules),
            correlations=len(pack.correlations),
            filters=pack.filters,
            refused=len(refused),
            left_out=release.left_out,
        )
        return Taken(manifest, refused)

    def _install(self, name: str, folder: Path, manifest: PackManifest | None) -> None:
        """The folder takes the pack's place; its time says to a running service that it is new."""
        os.utime(folder)
        if (self._folder / name).exists():
            self._put_aside(name)
        folder.rename(self._folder / name)
        kept = self._folder / f".{name}.json"
        kept.unlink(missing_ok=True)
        if manifest is not None:
            kept.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))

    def _put_aside(self, name: str) -> None:
        self._before.mkdir(exist_ok=True)
        for now, before in (
            (self._folder / name, self._before / name),
            (self._folder / f".{name}.json", self._before / f"{name}.json"),
        ):
            _remove(before)
            if now.exists():
                now.rename(before)

    def _may(self, by: str) -> None:
        if self._state is not None:
            require(self._state, by, *ADMIN)

    def _audit(self, by: str, action: str, name: str, manifest: PackManifest | None, why: str) -> None:
        if self._state is not None:
            said = (
                f"{manifest.rules} rules, version {manifest.version or manifest.sha256}"
                if manifest
                else "done"
            )
            self._state.decide(self._clock.now(), by, action, "rule pack", name, said, why)


def pack_name(path: Path) -> str:
    """What a pack is called where nobody says otherwise."""
    found = path.resolve()
    return found.stem if found.suffix in (".zip", *SUFFIXES) else found.name


def _checked_name(name: str) -> str:
    if not name or name[0] == "." or "/" in name or not name.isprintable() or len(name.encode()) > 100:
        raise Problem(f"{name!r}: cannot be the name of a pack; give --name with letters, digits, - or _")
    return name


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
