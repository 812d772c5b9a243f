"""A spool in front of the server: while it is away, what is written waits on this machine's disk."""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.ledger import Delivery, Fates, Ledger
from taishi.core.ports import Group, Page, Query, Written
from taishi.core.problems import Problem
from taishi.store.elasticsearch.rule_search import RuleSearch
from taishi.store.elasticsearch.server import Away
from taishi.store.elasticsearch.store import ElasticsearchStore
from taishi.store.taking import checked
from taishi.store.tally import Tally
from taishi.store.waiting import Waiting

log = logging.getLogger("taishi.store")

#: Seconds between looks at whether the server answers.
_LOOK_S = 5.0
#: Rows that are written together.
_ROWS = 2_000


class FrontedStore:
    """Fits `taishi.store.port.Store`. Safe for threads. Reading asks the server only: what waits is not found
    until it is back.
    """

    def __init__(self, store: ElasticsearchStore, waiting: Waiting, tally: Tally) -> None:
        """Raises Problem where the server answers that it cannot hold this store; it may be away."""
        self._store, self._waiting, self._tally = store, waiting, tally
        self._away: Problem | None = None
        self._closing = threading.Event()
        try:
            store.reach()
        except Away as away:
            self._note(away)
        self._thread = threading.Thread(target=self._tend, name="waiting events", daemon=True)
        self._thread.start()

    def write(self, batches: Iterable[Batch], delivery: Delivery = Delivery()) -> Written:
        """Durable on return, on the server or, in order, here. Raises Problem where neither takes it.

        What waits counts as stored: it is durable, and only the server could say what it knows already.
        """
        stored = duplicate = waiting = bad = 0
        for group in chain(_groups(batches), [[]]):
            done, bad_now = self._write(group), delivery.quarantined()
            self._tally.add(delivery.sensor, Fates(done.stored + done.waiting, done.duplicate, bad_now - bad))
            stored, duplicate, bad = stored + done.stored, duplicate + done.duplicate, bad_now
            waiting += done.waiting
        return Written(stored, duplicate, waiting)

    def ledger(self) -> Ledger:
        return self._tally.ledger()

    def _write(self, group: list[Batch]) -> Written:
        if not group:
            return Written(0)
        if self._away is None and not self._waiting.rows:
            try:
                return self._store.write(group)
            except Away as away:
                self._note(away)
        self._waiting.put(group)
        return Written(0, waiting=sum(map(len, group)))

    def search(self, query: Query) -> Page:
        return self._store.search(query)

    def count(self, query: Query) -> int:
        return self._store.count(query)

    def groups(self, query: Query, by: Sequence[str], distinct: str | None = None) -> list[Group]:
        return self._store.groups(query, by, distinct)

    def get(self, event_id: str) -> Event | None:
        return self._store.get(event_id)

    def stream(self, cursor: str | None, limit: int = 10_000) -> tuple[list[Batch], str]:
        return self._store.stream(cursor, limit)

    def rule_search(self) -> RuleSearch:
        """Fits `taishi.core.searching.Searchable`."""
        return self._store.rule_search()

    def maintain(self, now: datetime) -> None:
        """Raises Problem while the server is away, saying how many events wait."""
        away = self._away
        if away is not None:
            raise Problem(f"{away}; {self._waiting.rows} events wait here, and reading them has to wait too")
        self._store.maintain(now)

    def retire(self, kind: Kind, before: datetime) -> int:
        """Fits `taishi.core.ports.Retiring`. Raises Away, Problem."""
        return self._store.retire(kind, before)

    def damage(self) -> int:
        return self._store.damage() + self._waiting.damaged

    def close(self) -> None:
        """What waits is sent when it is opened again. Closing twice does nothing."""
        self._closing.set()
        self._thread.join()
        self._waiting.close()
        self._tally.close()
        self._store.close()

    def _tend(self) -> None:
        while not self._closing.wait(_LOOK_S):
            try:
                self._store.reach()
                self._send()
            except Exception as error:  # noqa: BLE001 - events wait until it works, and health says why
                self._note(error if isinstance(error, Problem) else Problem(f"waiting events: {error}"))

    def _send(self) -> None:
        """Everything that waits goes to the server, the oldest first."""
        while not self._closing.is_set():
            oldest = self._waiting.oldest()
            if oldest is None:
                break
            path, batches = oldest
            done = self._store.write(batches)
            log.info("%s: %d waiting events sent, %d were there", path.name, done.stored, done.duplicate)
            self._waiting.done(path)
        self._away = None

    def _note(self, problem: Problem) -> None:
        if self._away is None:
            log.error("%s", problem)
        self._away = problem


def _groups(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    group: list[Batch] = []
    for one in checked(batches):
        group.append(one)
        if sum(map(len, group)) >= _ROWS:
            yield group
            group = []
    if group:
        yield group
