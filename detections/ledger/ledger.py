"""The days that are open, and when a day is done with.

A day is judged for good when an hour has passed after its end; what comes for it later makes a day of its
own. Within a day, events may come in any order. When a table is full, the day is judged as it stands and
the older half of the table goes.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pyarrow as pa

from detections.ledger import snapshot
from detections.ledger.day import LAYOUTS, Day, Fresh
from detections.ledger.flows import micros
from detections.ledger.history import History
from detections.ledger.view import View, viewed
from detections.networks import Networks
from taishi.core.event import Batch
from taishi.core.ids import stable_id
from taishi.core.records import Hit

Judge = Callable[[View], Iterator[Hit]]

#: How long after a day's end its events may still come.
LATENESS = timedelta(hours=1)
#: Rows that each table may have over all open days: about 250 MB when every one is full.
LIMITS = {
    "flows": 300_000, "calls": 600_000, "names": 300_000, "questions": 200_000, "handshakes": 100_000,
    "tries": 150_000,
}  # fmt: skip
#: Days that may be open at once; damaged clocks make many.
MOST_DAYS = 40
_DAY = 86_400_000_000
#: Days are those of the extranet's zone, Asia/Shanghai (no daylight saving).
_ZONE = 8 * 3_600_000_000


class Ledger:
    """Takes batches in any order; `judged` gives what has come up since it was last asked."""

    def __init__(self, networks: Networks, judges: list[Judge], limits: dict[str, int] | None = None) -> None:
        self._networks, self._judges, self._limits = networks, judges, limits or LIMITS
        self._days: dict[int, Day] = {}
        self._fresh: dict[int, Fresh] = {}
        self._again: dict[int, int] = {}
        self._told: dict[int, dict[str, int]] = {}
        self._due: dict[str, Hit] = {}
        self._latest = -(1 << 62)
        self.history = History()
        #: Hosts of ours that spoke on one day, at the most.
        self.most_hosts = 0
        #: Rows that a full table had to let go.
        self.dropped = 0

    @property
    def rows(self) -> int:
        """Rows in memory."""
        return sum(map(len, self._days.values()))

    def observe(self, batch: Batch, now: datetime | None = None) -> None:
        """Takes events in. `now` keeps times ahead of the clock from ending a day."""
        times = micros(batch)
        if not len(times):
            return
        days = (times + _ZONE) // _DAY
        for number in np.unique(days).tolist():
            part = batch if days.min() == days.max() else _part(batch, days == number)
            self._note(number, part)
        bound = times if now is None else times[times <= (now + LATENESS).timestamp() * 1e6]
        self._latest = max(self._latest, int(bound.max())) if len(bound) else self._latest
        self._make_room()

    def _note(self, number: int, batch: Batch) -> None:
        day = self._days.get(number)
        if day is None:
            day = self._days[number] = Day()
            self._fresh[number] = Fresh(set(), set(), everybody=False)
        day.add(batch, self._networks)
        self._fresh[number].note(batch)

    def _make_room(self) -> None:
        while len(self._days) > MOST_DAYS or (len(self._days) > 1 and self._over()):
            self._close(min(self._days))
        for number in [*self._days] if self._over() else ():
            self._judge(number, None)
            self.dropped += self._days[number].trim(self._limits)

    def _over(self) -> bool:
        return any(
            sum(day.tallies[name].standing for day in self._days.values()) > limit
            for name, limit in self._limits.items()
        )

    def judged(self) -> list[Hit]:
        """Hits that are new or have grown; days that are over are judged for good and forgotten."""
        for number in sorted(self._days):
            if (number + 1) * _DAY - _ZONE + LATENESS // timedelta(microseconds=1) <= self._latest:
                self._close(number)
            else:
                self._judge(number, self._fresh[number])
                self._fresh[number] = Fresh(set(), set(), everybody=False)
        due, self._due = list(self._due.values()), {}
        return due

    def _judge(self, number: int, fresh: Fresh | None) -> None:
        if fresh is not None and not (fresh.everybody or fresh.sources or fresh.targets):
            return
        view = viewed(self._days[number], fresh, self._networks, self.history)
        self.most_hosts = max(self.most_hosts, view.hosts)
        told = self._told.setdefault(number, {})
        for judge in self._judges:
            for found in judge(view):
                hit = msgspec.structs.replace(
                    found, id=stable_id(found.id, number, self._again.get(number, 0))
                )
                # A full table forgets: what was told already is never told as less.
                if hit.count >= told.get(hit.id, 0):
                    told[hit.id] = hit.count
                    self._due[hit.id] = hit

    def _close(self, number: int) -> None:
        self._judge(number, None)
        day = self._days.pop(number)
        flows, tries = (day.tallies[name].all() for name in ("flows", "tries"))
        self.history.learn(number, flows, tries, self._networks)
        self._fresh.pop(number)
        self._told.pop(number, None)
        self._again[number] = self._again.get(number, 0) + 1
        for old in sorted(self._again)[:-400]:
            del self._again[old]

    def saved(self) -> bytes:
        """Everything that is remembered."""
        tables = {
            f"{number}/{name}": one
            for number, day in self._days.items()
            for name, one in day.tables().items()
        }
        tables |= {name: tally.all() for name, tally in self.history.tallies.items()}
        marks = snapshot.Marks([*self._days], self._again, self._told, self._latest, self.dropped)
        return snapshot.encode(marks, tables)

    def restore(self, data: bytes) -> None:
        """Goes on from there; to be called when new. Raises ValueError where it is no state of ours."""
        marks, tables = snapshot.decode(data)
        for number in marks.days:
            self._days[number] = Day({name: tables[f"{number}/{name}"] for name in LAYOUTS})
            self._fresh[number] = Fresh(set(), set(), everybody=True)
        self._again, self._told = marks.again, marks.told
        self._latest, self.dropped = marks.latest, marks.dropped
        self.history = History(*(tables[name] for name in self.history.tallies))


def _part(batch: Batch, mask: np.ndarray) -> Batch:
    return Batch(batch.kind, batch.rows.filter(pa.array(mask)))
