"""The embedded event store as its one writing process sees it."""

import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import pyarrow as pa

from taishi.core.event import Batch, Event
from taishi.core.ports import Page, Query, Written
from taishi.core.problems import Problem
from taishi.store.asking import stream_position
from taishi.store.durable_files import WriterLock
from taishi.store.embedded.folder import Folder
from taishi.store.embedded.holding import read_holding
from taishi.store.embedded.known import digests
from taishi.store.embedded.manifest import Manifest
from taishi.store.embedded.merging import merge_small, remove_replaced
from taishi.store.embedded.pending import Pending
from taishi.store.embedded.reader import Reader, Snapshot
from taishi.store.embedded.recovery import known_ids, read_spool, sweep
from taishi.store.embedded.segments import write_segment
from taishi.store.embedded.stream import read_stream
from taishi.store.spool import Frame, Spool, pack
from taishi.store.taking import checked

#: The spool becomes segments at so many rows or that age: tiny files are ruinous to search.
ROLL_ROWS = 100_000
ROLL_AGE = timedelta(seconds=60)
#: Rows that share one `fdatasync`.
_SYNC_ROWS = 20_000
#: A restart leaves this gap in the numbers: rows that a crash took back, seen by a stream already, must
#: not lend their numbers to others.
_RESTART_GAP = 1 << 20


class EmbeddedStore:
    """Fits `taishi.store.port.Store`. Safe for threads; one process a folder."""

    def __init__(self, root: Path) -> None:
        """Raises Problem where the folder cannot be used or another process writes there."""
        self._folder = Folder(root)
        self._folder.make()
        self._lock = threading.RLock()
        with ExitStack() as opened:
            opened.callback(WriterLock(root).release)
            self._manifest = opened.enter_context(closing(Manifest(self._folder.manifest)))
            sweep(self._folder, self._manifest)
            self._known = known_ids(self._folder, self._manifest)
            self._recover()
            opened.callback(lambda: self._spool.close())
            self._reader = opened.enter_context(closing(Reader(self._snapshot)))
            self._opened = opened.pop_all()

    def _recover(self) -> None:
        listing = self._manifest.listing()
        path = self._folder.spool(listing.generation)
        frames, end = read_spool(path, listing.marker, self._manifest)
        self._begin(Spool(path, end))
        for frame in frames:
            self._take(frame)
        last = max((frame.first + frame.rows.num_rows for frame in frames), default=listing.next_number)
        self._next = max(last, listing.next_number) + _RESTART_GAP

    def _begin(self, spool: Spool) -> None:
        self._spool, self._pending, self._since = spool, Pending(), None
        self._spooled: set[str] = set()

    def _take(self, frame: Frame) -> None:
        self._pending.add(frame)
        self._spooled.update(frame.rows.column("event.id").to_pylist())

    _since: datetime | None

    def write(self, batches: Iterable[Batch]) -> Written:
        """Raises Problem for a batch with wrong columns or a disk that refuses; what was stored stays."""
        stored = duplicate = 0
        for group in _groups(batches):
            new = self._write(group)
            stored += new
            duplicate += sum(map(len, group)) - new
        return Written(stored, duplicate)

    def _write(self, group: Sequence[Batch]) -> int:
        """One append and sync; gives the number of new rows."""
        with self._lock:
            frames, packed, number = [], [], self._next
            seen: set[str] = set()
            for batch in group:
                rows = self._new_rows(batch, seen)
                if rows.num_rows:
                    frames.append(Frame(batch.kind, number, rows, 0))
                    packed.append(pack(self._manifest.listing().marker, batch.kind, number, rows))
                    number += rows.num_rows
            if frames:
                self._spool.append(packed)
            for frame in frames:
                self._take(frame)
            new, self._next = number - self._next, number
            if self._pending.rows >= ROLL_ROWS:
                self.flush()
            return new

    def _new_rows(self, batch: Batch, seen: set[str]) -> pa.RecordBatch:
        """The rows whose id is nowhere yet; `seen` takes their ids."""
        ids: list[str] = batch.rows.column("event.id").to_pylist()
        mask = []
        for event_id, stored in zip(ids, self._known.contains(digests(ids)).tolist(), strict=True):
            new = not stored and event_id not in self._spooled and event_id not in seen
            seen.add(event_id)
            mask.append(new)
        return batch.rows if all(mask) else batch.rows.filter(pa.array(mask, pa.bool_()))

    def flush(self) -> None:
        """The spool becomes segments. Killed at any point, nothing is lost and nothing doubled: until the
        manifest's transaction the spool counts, from then on the segments.
        """
        with self._lock:
            if self._pending.rows:
                try:
                    self._roll()
                except (OSError, sqlite3.Error) as error:
                    root = self._folder.root
                    raise Problem(
                        f"{root}: no segment can be written ({error}); make room or check the disk"
                    ) from error

    def _roll(self) -> None:
        tables = self._pending.tables()
        segments = [write_segment(self._folder.segments, kind, rows) for kind, rows in tables.items()]
        known = self._known.adding(digests(chain.from_iterable(_ids(rows) for rows in tables.values())))
        old = self._spool
        new = Spool(self._folder.spool(self._manifest.listing().generation + 1), 0)
        self._manifest.roll(self._next, segments, known.listed())
        dropped = set(self._known.runs) - set(known.runs)
        self._known = known
        self._begin(new)
        old.close()
        for path in (old.path, *(run.path for run in dropped)):
            path.unlink(missing_ok=True)

    def maintain(self, now: datetime) -> None:
        """Rolls a spool that is older than 60 s, merges small segments, removes what merging replaced."""
        with self._lock:
            if self._pending.rows and self._since is None:
                self._since = now
            elif self._since is not None and now - self._since >= ROLL_AGE:
                self.flush()
            merge_small(self._folder.segments, self._manifest, now)
            remove_replaced(self._folder.segments, self._manifest, now)

    def search(self, query: Query) -> Page:
        return self._reader.search(query)

    def count(self, query: Query) -> int:
        return self._reader.count(query)

    def get(self, event_id: str) -> Event | None:
        return self._reader.get(event_id)

    def stream(self, cursor: str | None, limit: int = 10_000) -> tuple[list[Batch], str]:
        batches, last = read_stream(self._snapshot(), stream_position(cursor), limit)
        return batches, str(last)

    def holding(self, keys: Collection[int] | None, upto: str | None) -> Iterator[Batch]:
        return read_holding(self._snapshot(), keys, None if upto is None else stream_position(upto))

    def damage(self) -> int:
        with self._lock:
            return self._manifest.damage()

    def close(self) -> None:
        """The spool stays as it is: opening again finds every row. Closing twice does nothing."""
        with self._lock:
            self._opened.close()

    def _snapshot(self) -> Snapshot:
        with self._lock:
            return Snapshot(self._folder.segments, self._manifest.listing().segments, self._pending.tables())


def _groups(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    """Batches that are synced together."""
    group: list[Batch] = []
    for batch in checked(batches):
        group.append(batch)
        if sum(map(len, group)) >= _SYNC_ROWS:
            yield group
            group = []
    if group:
        yield group


def _ids(rows: pa.Table) -> list[str]:
    ids: list[str] = rows.column("event.id").to_pylist()
    return ids
