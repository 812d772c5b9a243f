"""The folder of an embedded store: what lies where."""

from pathlib import Path

from taishi.core.problems import Problem
from taishi.store.durable_files import sync_folder


class Folder:
    """Names inside the store's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = root / "manifest.db"
        self.segments = root / "segments"
        self.sketches = root / "sketches"
        self.rollups = root / "rollups"
        self.known = root / "known"
        self.spools = root / "spool"

    def make(self) -> None:
        """Raises Problem where the folder cannot be made."""
        try:
            parts = (self.segments, self.sketches, self.rollups, self.known, self.spools)
            for path in (self.root, *parts):
                path.mkdir(parents=True, exist_ok=True)
                sync_folder(path)
        except OSError as error:
            raise Problem(
                f"{self.root}: cannot hold the event store ({error.strerror}); check its rights"
            ) from None

    @property
    def merging(self) -> "Folder":
        """Where a merged segment is written, apart from all that counts."""
        return Folder(self.root / "merging")

    def spool(self, generation: int) -> Path:
        return self.spools / f"{generation:010}.spool"
