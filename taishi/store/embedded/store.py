"""The embedded event store as its one writing process sees it."""

import logging
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from time import monotonic

import pyarrow as pa

from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.ledger import Delivery, Fates, Ledger, summed
from taishi.core.ports import Bounds, Found, Group, Page, Query, Written
from taishi.core.problems import Problem
from taishi.core.retention import LEAST_DAYS
from taishi.store.asking import stream_position
from taishi.store.durable_files import WriterLock
from taishi.store.embedded.ages import came
from taishi.store.embedded.folder import Folder
from taishi.store.embedded.holding import read_holding
from taishi.store.embedded.hunting import hunt
from taishi.store.embedded.known import digests
from taishi.store.embedded.manifest import Manifest
from taishi.store.embedded.merging import Replaced, clear, due, put_in_place, write_merged
from taishi.store.embedded.pending import Pending
from taishi.store.embedded.reader import Reader
from taishi.store.embedded.recovery import corrections, known_ids, read_spool, sweep
from taishi.store.embedded.segments import write_segment
from taishi.store.embedded.snapshot import Snapshot
from taishi.store.embedded.spooled import SpooledIds
from taishi.store.embedded.stream import read_stream
from taishi.store.spool import Counted, Frame, Spool, pack, pack_counted
from taishi.store.taking import checked

log = logging.getLogger("taishi.store")

#: The spool becomes segments at so many rows or that age: tiny files are ruinous to search.
ROLL_ROWS = 100_000
#: Seconds, by a clock that nobody sets.
ROLL_AGE = 60.0
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
        self._merging = threading.Lock()
        with ExitStack() as opened:
            opened.callback(WriterLock(root).release)
            self._manifest = opened.enter_context(closing(Manifest(self._folder.manifest)))
            sweep(self._folder, self._manifest)
            clear(self._folder)
            self._known = known_ids(self._folder, self._manifest)
            self._replaced = Replaced(self._folder.segments, self._manifest)
            self._recover()
            opened.callback(lambda: self._spool.close())
            self._reader = opened.enter_context(closing(Reader(self._snapshot)))
            self._opened = opened.pop_all()

    def _recover(self) -> None:
        listing = self._manifest.listing()
        path = self._folder.spool(listing.generation)
        frames, end = read_spool(path, listing.marker, self._manifest)
        self._begin(Spool(path, end))
        for part in frames:
            self._hold(part)
        self._spooled.find(one.rows.column("event.id") for one in frames if isinstance(one, Frame))
        corrected = list(corrections(frames))
        self._spool.append([pack_counted(listing.marker, one) for one in corrected])
        for one in corrected:
            self._hold(one)
        ends = [part.first + part.rows.num_rows for part in frames if isinstance(part, Frame)]
        last = max(ends, default=listing.next_number)
        self._next = max(last, listing.next_number) + _RESTART_GAP

    def _begin(self, spool: Spool) -> None:
        self._spool, self._pending, self._since = spool, Pending(), None
        self._spooled = SpooledIds()
        self._counted: dict[str, Fates] = {}

    def _hold(self, part: Frame | Counted) -> None:
        if isinstance(part, Counted):
            self._counted = summed(self._counted, [(part.sensor, part.fates)])
        else:
            self._pending.add(part)

    #: When the spool was found to have rows, by a clock that nobody sets.
    _since: float | None

    def write(self, batches: Iterable[Batch], delivery: Delivery = Delivery()) -> Written:
        """Raises Problem for a batch with wrong columns or a disk that refuses; what was stored stays."""
        done, bad = Fates(), 0
        for group in chain(_groups(batches), [[]]):
            bad_now = delivery.quarantined()
            done += self._write(group, delivery.sensor, bad_now - bad)
            bad = bad_now
        return Written(done.stored, done.duplicate)

    def _write(self, group: Sequence[Batch], sensor: str, quarantined: int) -> Fates:
        """One append and sync of new rows with what became of all."""
        if not group and not quarantined:
            return Fates()
        with self._lock:
            frames, number, marker = list[Frame](), self._next, self._manifest.listing().marker
            seen: set[str] = set()
            for batch in group:
                rows = self._new_rows(batch, seen)
                if rows.num_rows:
                    frames.append(Frame(batch.kind, number, rows, 0))
                    number += rows.num_rows
            new = number - self._next
            counted = Counted(sensor, Fates(new, sum(map(len, group)) - new, quarantined))
            packed = [pack(marker, one.kind, one.first, one.rows) for one in frames]
            self._spool.append([*packed, pack_counted(marker, counted)])
            for frame in frames:
                self._hold(frame)
                self._spooled.add(frame.rows.column("event.id"))
            self._hold(counted)
            self._next = number
            if self._pending.rows >= ROLL_ROWS:
                self._try_to_roll()
            return counted.fates

    def _try_to_roll(self) -> None:
        """What was written is durable in the spool, so a roll that fails is for `maintain` to tell."""
        try:
            self.flush()
        except Problem as problem:
            log.error("%s", problem)

    def ledger(self) -> Ledger:
        with self._lock:
            return summed(self._manifest.fates(), self._counted.items())

    def _new_rows(self, batch: Batch, seen: set[str]) -> pa.RecordBatch:
        """The rows whose id is nowhere yet; `seen` takes their ids."""
        ids: list[str] = batch.rows.column("event.id").to_pylist()
        spooled = self._spooled.among(ids)
        mask = []
        for event_id, stored in zip(ids, self._known.contains(digests(ids)).tolist(), strict=True):
            new = not stored and event_id not in spooled and event_id not in seen
            seen.add(event_id)
            mask.append(new)
        return batch.rows if all(mask) else batch.rows.filter(pa.array(mask, pa.bool_()))

    def flush(self) -> None:
        """The spool becomes segments. Killed at any point, nothing is lost and nothing doubled: until the
        manifest's transaction the spool counts, from then on the segments.
        """
        with self._lock:
            if self._pending.rows or self._counted:
                with self._disk():
                    self._roll()

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """What was half made is removed where the disk refuses. Raises Problem."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            with self._lock:
                sweep(self._folder, self._manifest)
            root = self._folder.root
            raise Problem(
                f"{root}: no segment can be written ({error}); make room or check the disk"
            ) from error

    def _roll(self) -> None:
        tables = self._pending.tables()
        segments = [write_segment(self._folder.segments, kind, rows) for kind, rows in tables.items()]
        known = self._known.adding(digests(chain.from_iterable(_ids(rows) for rows in tables.values())))
        old = self._spool
        with ExitStack() as opened:
            new = Spool(self._folder.spool(self._manifest.listing().generation + 1), 0)
            opened.callback(new.close)
            self._manifest.roll(self._next, segments, known.listed(), self._counted)
            opened.pop_all()
        dropped = set(self._known.runs) - set(known.runs)
        self._known = known
        self._begin(new)
        old.close()
        for path in (old.path, *(run.path for run in dropped)):
            path.unlink(missing_ok=True)

    def maintain(self, now: datetime) -> None:
        """Rolls a spool that is full or older than 60 s, merges small segments, removes what that replaced.
        Raises Problem where the disk refuses: nothing is lost, the spool keeps growing.
        """
        with self._lock:
            since = self._since
            if since is None and (self._pending.rows or self._counted):
                self._since = since = monotonic()
            if since is not None and (monotonic() - since >= ROLL_AGE or self._pending.rows >= ROLL_ROWS):
                self.flush()
        with self._merging:
            self._merge(now)
        with self._lock, self._disk():
            self._replaced.remove_old(monotonic())

    def _merge(self, now: datetime) -> None:
        """Others write and read meanwhile: only taking the merged segment in is under the lock."""
        with self._lock:
            runs = list(due(self._manifest.listing().segments))
        try:
            for old in runs:
                with self._disk():
                    new = write_merged(self._folder, old)
                with self._lock, self._disk():
                    if set(old) <= set(self._manifest.listing().segments):  # none was retired meanwhile
                        put_in_place(self._folder, new)
                        self._manifest.merge(old, new, now.timestamp())
        finally:
            clear(self._folder)

    def search(self, query: Query) -> Page:
        return self._reader.search(query)

    def count(self, query: Query) -> int:
        return self._reader.count(query)

    def groups(self, query: Query, by: Sequence[str], distinct: str | None = None) -> list[Group]:
        return self._reader.groups(query, by, distinct)

    def get(self, event_id: str) -> Event | None:
        return self._reader.get(event_id)

    def stream(self, cursor: str | None, limit: int = 10_000) -> tuple[list[Batch], str]:
        batches, last = read_stream(self._snapshot(), stream_position(cursor), limit)
        return batches, str(last)

    def holding(self, keys: Collection[int] | None, upto: str | None) -> Iterator[Batch]:
        return read_holding(self._snapshot(), keys, None if upto is None else stream_position(upto))

    def retire(self, kind: Kind, before: datetime) -> int:
        """Whole segments that came before then; what merging joined counts from that day. Ids stay
        known, so that what is delivered again does not come back.
        """
        with self._lock:
            legal = datetime.now(UTC) - timedelta(days=LEAST_DAYS)
            limit = min(before, legal).timestamp()
            segments = self._manifest.listing().segments
            ages = came(self._folder.segments, segments)
            old = [one for one in segments if one.kind == kind and ages[one.path] < limit]
            if old:
                self._manifest.retire(old, datetime.now(UTC).timestamp())
            return sum(one.rows for one in old)

    def ask(self, text: str, bounds: Bounds) -> Found:
        return hunt(self._snapshot(), text, bounds)

    def damage(self) -> int:
        with self._lock:
            return self._manifest.damage()

    def close(self) -> None:
        """The spool stays as it is: opening again finds every row. Closing twice does nothing."""
        with self._merging, self._lock:
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
