"""An embedded store that another process writes: read without a lock, a moment behind at most."""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from taishi.core.event import Batch, Event
from taishi.core.ledger import Delivery, Ledger, summed
from taishi.core.ports import Bounds, Found, Group, Page, Query, Written
from taishi.core.problems import Problem
from taishi.store.asking import stream_position
from taishi.store.embedded.folder import Folder
from taishi.store.embedded.holding import read_holding
from taishi.store.embedded.hunting import hunt
from taishi.store.embedded.manifest import Manifest
from taishi.store.embedded.pending import Pending
from taishi.store.embedded.reader import Reader
from taishi.store.embedded.snapshot import Snapshot
from taishi.store.embedded.stream import read_stream
from taishi.store.spool import Counted, Frame, scan

#: A spool may roll between reading the manifest and opening it; so often in a row it never does.
_TRIES = 100


class FollowingStore:
    """Fits `taishi.store.port.Store`; writing raises Problem."""

    def __init__(self, root: Path) -> None:
        self._folder = Folder(root)
        self._manifest = Manifest(self._folder.manifest, read_only=True)
        self._lock = threading.Lock()
        self._generation, self._offset, self._pending = 0, 0, Pending()
        self._counted: list[Counted] = []
        self._reader = Reader(self._snapshot)

    def write(self, batches: Iterable[Batch], delivery: Delivery = Delivery()) -> Written:  # noqa: ARG002
        raise Problem(f"{self._folder.root}: is open to read only; write through the process that holds it")

    def ledger(self) -> Ledger:
        while True:
            self._snapshot()
            with self._lock:
                told = self._manifest.fates()
                if self._manifest.listing().generation == self._generation:
                    return summed(told, ((one.sensor, one.fates) for one in self._counted))

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

    def maintain(self, now: datetime) -> None:
        """The writer's task."""

    def ask(self, text: str, bounds: Bounds) -> Found:
        return hunt(self._snapshot(), text, bounds)

    def damage(self) -> int:
        with self._lock:
            return self._manifest.damage()

    def close(self) -> None:
        self._reader.close()
        self._manifest.close()

    def _snapshot(self) -> Snapshot:
        with self._lock:
            for _ in range(_TRIES):
                listing = self._manifest.listing()
                if listing.generation != self._generation:
                    self._generation, self._offset, self._pending = listing.generation, 0, Pending()
                    self._counted = []
                if self._follow(listing.marker):
                    return Snapshot(self._folder.segments, listing.segments, self._pending.tables())
            raise Problem(f"{self._folder.root}: its spool is missing; start the writing process again")

    def _follow(self, marker: bytes) -> bool:
        """Takes in what was added to the spool; False where the writer has rolled it meanwhile."""
        try:
            with self._folder.spool(self._generation).open("rb") as file:
                file.seek(self._offset)
                added = file.read()
        except FileNotFoundError:
            return False
        end = 0
        for part in scan(added, marker):
            if isinstance(part, Frame):
                self._pending.add(part)
            elif isinstance(part, Counted):
                self._counted.append(part)
            else:
                continue
            end = part.end
        # What follows the last frame may still be being written: it is looked at again.
        self._offset += end
        return True
