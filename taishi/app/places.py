"""Which files say where addresses are: those an administrator named, then the product's own."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from enrichment.geography import Geography, Place, default_files, not_available
from taishi.app.roles import ADMIN, require_or_system
from taishi.core.clock import Clock
from taishi.core.ports import StateStore
from taishi.core.problems import Problem
from taishi.core.text import Text
from taishi.kit.countries import country_name

log = logging.getLogger("taishi.places")

_FILES = "geography.files"
_Version = tuple[tuple[Path, int, int], ...]


class Places:
    """Safe for threads. A file that changes, and another process's setting, count at the next call."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state, self._clock = state, clock
        self._lock = threading.Lock()
        self._held: tuple[_Version, Geography] | None = None
        self._problems: list[str] = []

    def named(self) -> tuple[Path, ...]:
        """The files that somebody named."""
        text = self._state.setting(_FILES)
        return tuple(map(Path, msgspec.json.decode(text, type=list[str]))) if text else ()

    def set_files(self, paths: Sequence[Path], by: str, why: str = "") -> None:
        """These before the product's own; none: that alone. Raises Problem where one cannot be read."""
        by = require_or_system(self._state, by, *ADMIN)
        Geography(paths)
        texts = [str(path.resolve()) for path in paths]
        self._state.set_setting(_FILES, msgspec.json.encode(texts).decode())
        self._state.decide(self._clock.now(), by, "set", "setting", _FILES, ", ".join(texts) or "—", why)

    def now(self) -> Geography:
        """As the files are now. One that cannot be read is passed over and told in `ailing`."""
        with self._lock:
            version = tuple(map(_version, (*self.named(), *default_files())))
            if self._held is None or self._held[0] != version:
                self._held = version, self._made([path for path, _, _ in version])
            return self._held[1]

    def _made(self, paths: Sequence[Path]) -> Geography:
        self._problems, good = [], []
        for path in paths:
            try:
                Geography([path])
                good.append(path)
            except Problem as problem:
                self._problems.append(str(problem))
                log.warning("%s", problem)
        return Geography(good)

    def unreadable(self) -> list[str]:
        """Files that were to be used and cannot be read: why, in one line each."""
        self.now()
        return list(self._problems)

    def ailing(self) -> list[str]:
        """What is unreadable, and what cannot be told where there is no file, in one line each."""
        wanting = not_available(self.now().files)
        return [*self.unreadable(), *([wanting.en] if wanting else [])]

    def told(self, address: str) -> Text | None:
        """The country and network of an address in words, None where neither is known."""
        return told(self.now().place(address))


def told(place: Place) -> Text | None:
    """A place in words."""
    country = country_name(place.country) if place.country else None
    number = f"AS{place.number}" if place.number else ""
    network = " ".join(part for part in (number, place.organization or "") if part)
    zh, en = (
        " · ".join(part for part in (name, network) if part)
        for name in (country.zh if country else "", country.en if country else "")
    )
    return Text(zh, en) if zh else None


def _version(path: Path) -> tuple[Path, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return path, 0, 0
    return path, stat.st_size, stat.st_mtime_ns
