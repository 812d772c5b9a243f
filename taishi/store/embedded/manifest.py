"""The manifest: which segments there are and which spool follows them, changed in one transaction."""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import cast

from taishi.core.ecs import Kind
from taishi.core.ledger import Fates, Ledger
from taishi.core.problems import Problem
from taishi.store.spool import MARKER_BYTES, Damage

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    marker BLOB NOT NULL, generation INTEGER NOT NULL, next_number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS segments (path TEXT PRIMARY KEY, kind TEXT NOT NULL, rows INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
    first_number INTEGER NOT NULL, last_number INTEGER NOT NULL, shape INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS replaced (path TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS known (path TEXT PRIMARY KEY, rows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fates (sensor TEXT PRIMARY KEY, stored INTEGER NOT NULL,
    duplicate INTEGER NOT NULL, quarantined INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS damage (
    file TEXT, offset INTEGER, size INTEGER, what TEXT, PRIMARY KEY (file, offset));
"""


@dataclass(frozen=True)
class Segment:
    """One Parquet file of one kind. Times in microseconds since 1970; `shape` tells schemas apart."""

    path: str
    kind: Kind
    rows: int
    first_time: int
    last_time: int
    first_number: int
    last_number: int
    shape: int


@dataclass(frozen=True)
class Listing:
    """What the store holds: these segments, then the frames of spool `generation`."""

    marker: bytes
    generation: int
    next_number: int
    segments: tuple[Segment, ...]


class Manifest:
    """A SQLite file. DELETE journal, so that a reader without write rights can read;
    `synchronous=EXTRA`, so that a commit is durable before the spool it replaces is removed.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        if read_only and not path.exists():
            raise Problem(f"{path.parent}: holds no event store yet; check the path or write events first")
        mode = "ro" if read_only else "rwc"
        self._version = -1
        self._listing: Listing | None = None
        try:
            self._database = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=30, check_same_thread=False
            )
            if not read_only:
                self._prepare()
            self.listing()
        except sqlite3.Error as error:
            raise Problem(f"{path}: is no usable manifest ({error}); restore it from a backup") from error

    def _prepare(self) -> None:
        self._database.execute("PRAGMA synchronous=EXTRA")
        with self._database:
            self._database.executescript(_TABLES)
            # What was stored before anything was counted.
            self._database.execute(
                "INSERT INTO fates SELECT '', (SELECT coalesce(sum(rows), 0) FROM segments), 0, 0 "
                "WHERE NOT EXISTS (SELECT 1 FROM fates)"
            )
            self._database.execute(
                "INSERT OR IGNORE INTO meta VALUES (1, ?, 1, 1)", (os.urandom(MARKER_BYTES),)
            )

    def listing(self) -> Listing:
        """The present state, read again only when another connection changed the file."""
        (version,) = self._database.execute("PRAGMA data_version").fetchone()
        if self._listing is None or version != self._version:
            self._listing, self._version = self._read(), version
        return self._listing

    def _read(self) -> Listing:
        with self._database:
            self._database.execute("BEGIN")
            meta = self._database.execute("SELECT marker, generation, next_number FROM meta").fetchone()
            rows = self._database.execute("SELECT * FROM segments ORDER BY first_number").fetchall()
        marker, generation, next_number = meta
        return Listing(marker, generation, next_number, tuple(Segment(*row) for row in rows))

    def roll(
        self,
        next_number: int,
        segments: Iterable[Segment],
        known: Iterable[tuple[str, int]],
        counted: Ledger,
    ) -> None:
        """The spool became these segments: from here on its next generation counts. `counted`: what became of
        deliveries, as the spool says.
        """
        with self._database:
            self._add(segments)
            self._set_known(known)
            self._count(counted)
            self._database.execute(
                "UPDATE meta SET generation = generation + 1, next_number = ?", (next_number,)
            )
        self._listing = None

    def merge(self, old: Sequence[Segment], new: Segment, at: float) -> None:
        """`new` takes the place of `old`, whose files stay a while for readers under way."""
        with self._database:
            self._database.executemany("DELETE FROM segments WHERE path = ?", [(one.path,) for one in old])
            self._database.executemany("INSERT INTO replaced VALUES (?, ?)", [(one.path, at) for one in old])
            self._add([new])
        self._listing = None

    def retire(self, old: Sequence[Segment], at: float) -> None:
        """These hold events no more; their files stay a while for readers under way."""
        with self._database:
            self._database.executemany("DELETE FROM segments WHERE path = ?", [(one.path,) for one in old])
            self._database.executemany("INSERT INTO replaced VALUES (?, ?)", [(one.path, at) for one in old])
        self._listing = None

    def _add(self, segments: Iterable[Segment]) -> None:
        self._database.executemany(
            "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [astuple(one) for one in segments]
        )

    def _count(self, counted: Ledger) -> None:
        self._database.executemany(
            "INSERT INTO fates VALUES (?, ?, ?, ?) ON CONFLICT (sensor) DO UPDATE SET stored = stored + "
            "excluded.stored, duplicate = duplicate + excluded.duplicate, quarantined = quarantined + "
            "excluded.quarantined",
            [(sensor, one.stored, one.duplicate, one.quarantined) for sensor, one in counted.items()],
        )

    def fates(self) -> dict[str, Fates]:
        """What became of deliveries up to this spool, by sensor."""
        try:
            rows = self._database.execute(
                "SELECT sensor, stored, duplicate, quarantined FROM fates"
            ).fetchall()
        except sqlite3.OperationalError:  # opened to read before its writer has made the table
            return {}
        return {sensor: Fates(*counts) for sensor, *counts in rows}

    def _set_known(self, known: Iterable[tuple[str, int]]) -> None:
        self._database.execute("DELETE FROM known")
        self._database.executemany("INSERT INTO known VALUES (?, ?)", known)

    def set_known(self, known: Iterable[tuple[str, int]]) -> None:
        with self._database:
            self._set_known(known)

    def known(self) -> list[tuple[str, int]]:
        return self._database.execute("SELECT path, rows FROM known ORDER BY rows DESC").fetchall()

    def replaced(self) -> list[str]:
        """Files that merging left behind."""
        rows = self._database.execute("SELECT path FROM replaced ORDER BY path").fetchall()
        return [cast(str, path) for (path,) in rows]

    def forget(self, paths: Iterable[str]) -> None:
        with self._database:
            self._database.executemany("DELETE FROM replaced WHERE path = ?", [(path,) for path in paths])

    def note(self, file: str, damage: Damage) -> None:
        with self._database:
            self._database.execute(
                "INSERT OR IGNORE INTO damage VALUES (?, ?, ?, ?)",
                (file, damage.offset, damage.size, damage.what),
            )

    def damage(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM damage").fetchone()[0])

    def close(self) -> None:
        self._database.close()
