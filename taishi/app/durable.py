"""What live sensors hand over becomes durable: a bounded queue and a thread that empties it."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from detections.personal.shield import shield
from taishi.app.desk import Desk
from taishi.app.unit_sights import UnitSights
from taishi.core.event import Batch
from taishi.core.ledger import Delivery
from taishi.core.ports import Written

log = logging.getLogger("taishi.live")

#: Events that may wait for the store, over all sensors; those beyond are dropped and counted.
ROOM = 200_000
#: How long a register of units stays in use for stamping, seconds.
_REGISTER_S = 3
#: Seconds until a failed write is tried again.
_AGAIN_S = 1.0


#: The sensor, when it handed it over, and what.
_Taken = tuple[str, datetime, Batch]


class Durable:
    """A queue between sensors and the event store, with a thread that empties it. Safe for threads.

    What `put` takes is written, also when writing fails for a while and when the service stops.
    """

    def __init__(self, desk: Desk, room: int = ROOM) -> None:
        self._desk, self._room = desk, room
        self._waiting: deque[_Taken] = deque()
        self._rows = 0
        self._woken = threading.Condition()
        self._closing = False
        self._stored: Counter[str] = Counter()
        self._stamping: tuple[datetime, Callable[[Batch], Batch]] | None = None
        #: The units that stood in what each sensor handed over.
        self.sights = UnitSights()
        self.problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="live intake", daemon=True)
        self._thread.start()

    def put(self, sensor: str, batch: Batch) -> bool:
        with self._woken:
            if self._closing or (self._waiting and self._rows + len(batch) > self._room):
                return False
            self._waiting.append((sensor, self._desk.clock.now(), batch))
            self._rows += len(batch)
            self._woken.notify()
            return True

    def stored(self, sensor: str) -> int:
        """How many events of a sensor are durable since this began."""
        with self._woken:
            return self._stored[sensor]

    def waiting(self) -> Counter[str]:
        """Events that are not durable yet, by sensor."""
        with self._woken:
            found: Counter[str] = Counter()
            for sensor, _, batch in self._waiting:
                found[sensor] += len(batch)
            return found

    def lag(self, now: datetime) -> float:
        """Seconds that the oldest waiting event has waited."""
        with self._woken:
            return (now - self._waiting[0][1]).total_seconds() if self._waiting else 0.0

    def close(self) -> None:
        """Writes what waits and ends. Where the store refuses, that is told and the rest is lost."""
        with self._woken:
            self._closing = True
            self._woken.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._woken:
                self._woken.wait_for(lambda: self._waiting or self._closing)
                taken = list(self._waiting)
                closing = self._closing
            if not taken and closing:
                return
            if all(map(self._settle, _by_sensor(taken))):
                continue
            if closing:
                log.error("%d events could not be stored: %s", self._rows, self.problem)
                return
            with self._woken:
                self._woken.wait_for(lambda: self._closing, _AGAIN_S)

    def _settle(self, taken: list[_Taken]) -> bool:
        """Writes what one sensor handed over; what is durable waits no longer."""
        try:
            done = self._desk.events.write(self._stamped(taken), Delivery(taken[0][0]))
        except Exception as error:  # noqa: BLE001 - events wait until the store takes them again
            said = f"live events: {error}"
            if said != self.problem:
                log.error("%s", said)
            self.problem = said
            return False
        self.problem = None
        self._done(taken, done)
        return True

    def _stamped(self, taken: list[_Taken]) -> Iterator[Batch]:
        stamp = self._stamp()
        for sensor, _, batch in taken:
            stamped = stamp(shield(batch))
            self.sights.add(sensor, stamped)
            yield stamped

    def _done(self, taken: list[_Taken], done: Written) -> None:
        written = set(map(id, taken))
        with self._woken:
            self._waiting = deque(one for one in self._waiting if id(one) not in written)
            self._rows -= sum(len(batch) for _, _, batch in taken)
            self._stored[taken[0][0]] += done.stored + done.waiting

    def _stamp(self) -> Callable[[Batch], Batch]:
        """Who owns the addresses and where they are, as known a few seconds ago."""
        now = self._desk.clock.now()
        if self._stamping is None or now - self._stamping[0] > timedelta(seconds=_REGISTER_S):
            self._stamping = now, self._desk.stamping()
        return self._stamping[1]


def _by_sensor(taken: list[_Taken]) -> list[list[_Taken]]:
    """In the order in which each sensor comes first."""
    of: dict[str, list[_Taken]] = {}
    for one in taken:
        of.setdefault(one[0], []).append(one)
    return list(of.values())
