"""Where field maps lie: shipped ones beside this file, the user's own in a folder: these win by name."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from sensors.fieldmaps.model import Mapped, read_map
from taishi.core.problems import Problem


@cache
def shipped() -> tuple[Mapped, ...]:
    """The maps that come with the product, in the order of their names; loose ones last."""
    folder = files("sensors.fieldmaps").joinpath("maps")
    found = [
        read_map(one.read_text("utf-8"), one.name) for one in folder.iterdir() if one.name.endswith(".yml")
    ]
    return tuple(sorted(found, key=lambda mapped: (mapped.hint is not None, mapped.name)))


class Shelf:
    """Shipped maps and those of a folder, read again when a file there has changed.

    A file that cannot be read is told in `problems` and left out: the others go on.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._maps: tuple[Mapped, ...] = ()
        self.problems: list[str] = []

    @property
    def maps(self) -> Sequence[Mapped]:
        """Own ones first, then shipped ones that no own one replaces."""
        seen = tuple(
            (path.name, one.st_mtime_ns, one.st_size) for path in self._paths() for one in [path.stat()]
        )
        if seen != self._seen:
            self._seen, self._maps = seen, self._read()
        return self._maps

    def _paths(self) -> list[Path]:
        return (
            sorted(self._folder.glob("*.yml")) if self._folder is not None and self._folder.is_dir() else []
        )

    def _read(self) -> tuple[Mapped, ...]:
        own: dict[str, Mapped] = {}
        self.problems = []
        for path in self._paths():
            try:
                mapped = read_map(path.read_text("utf-8"), path.name, own=True)
                own[mapped.name] = mapped
            except (Problem, OSError, UnicodeDecodeError) as problem:
                self.problems.append(str(problem))
        return (*own.values(), *(one for one in shipped() if one.name not in own))
