"""The rule packs of a running service: loaded at its start, and again when their files change."""

import logging
import os
from pathlib import Path

from detections.engine.files import texts
from detections.engine.load import RulePack
from detections.pack import with_packs
from taishi.app.rulebook import pack_paths
from taishi.core.problems import Problem
from taishi.kit.kept import Kept

log = logging.getLogger("taishi.rules")

#: Path, size and time of change of every file of the packs.
Signature = tuple[tuple[str, int, int], ...]


class RuleLoading:
    """`first`, then `changed` every few seconds. `problem`: why packs are not as their files say now."""

    def __init__(self, data: Path, kept: Kept) -> None:
        self._data, self._kept = data, kept
        self._loaded: Signature = ()
        self._seen: Signature = ()
        self.problem = ""

    def first(self) -> RulePack:
        """All packs; those that cannot be read at all are left out and named in `problem`."""
        self._loaded = signature(self._data)
        paths = pack_paths(self._data)
        try:
            return self._load(paths)
        except Problem:
            problems = {path: _unreadable(path) for path in paths}
            self.problem = "; ".join(f"rules: left out: {why}" for why in problems.values() if why)
            log.error("%s", self.problem)
            return self._load([path for path, why in problems.items() if not why])

    def changed(self) -> RulePack | None:
        """The packs, where a file of theirs is other than when they were loaded, and nobody is at it still.

        None where none is, and where they cannot be loaded: the ones before stay, and `problem` says why.
        """
        before, self._seen = self._seen, signature(self._data)
        now = self._seen
        if now == self._loaded or now != before:
            return None
        self._loaded = now
        try:
            pack = self._load(pack_paths(self._data))
        except (Problem, OSError) as error:
            self.problem = f"rules: the new ones cannot be used, the old ones stay: {error}"
            log.error("%s", self.problem)
            return None
        self.problem = ""
        return pack

    def _load(self, paths: list[Path]) -> RulePack:
        pack = with_packs(paths, self._kept)
        told = len(pack.rules), len(pack.correlations), len(pack.refused)
        log.info("%d rules, %d correlations, %d refused", *told)
        return pack


def signature(data: Path) -> Signature:
    """Other as soon as anything in a pack is."""
    found: list[tuple[str, int, int]] = []
    for pack in pack_paths(data):
        for path in (Path(at, name) for at, _, names in os.walk(pack) for name in names):
            found += _told(path)
        found += _told(pack)
    return tuple(sorted(found))


def _told(path: Path) -> Signature:
    """Nothing for what is gone meanwhile: then the signature is another next time."""
    try:
        stat = path.stat()
    except OSError:
        return ()
    return ((str(path), stat.st_size, stat.st_mtime_ns),)


def _unreadable(path: Path) -> str:
    """Why a pack cannot be read; empty where it can."""
    try:
        for _ in texts(path):
            pass
    except Problem as problem:
        return str(problem)
    return ""
