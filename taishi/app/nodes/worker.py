"""A worker takes slices of the stored events until it is told to stop."""

import logging
import time
from threading import Event as Signal

from taishi.app.desk import Desk
from taishi.app.nodes.finder import Finder
from taishi.app.nodes.found import hand_over
from taishi.app.nodes.leases import PATIENCE_S, Leases, Lost
from taishi.app.nodes.slices import Slice, Slices
from taishi.core.records import Hit

log = logging.getLogger("taishi.worker")

#: Seconds between looks at a stream in which nothing is new, and at rules and settings.
IDLE_S, RENEW_S = 0.1, 3.0


class Worker:
    """One a process. `judged`: events that it has looked at; `lost`: slices that another node took over."""

    def __init__(self, desk: Desk, name: str, patience_s: float = PATIENCE_S) -> None:
        self._desk = desk
        self._patience_s = patience_s
        self._leases = Leases(desk.state, name, patience_s)
        self._slices = Slices(desk.state, desk.events, self._leases)
        self._finder = Finder(desk)
        self._renewed = time.monotonic()
        self.judged = self.lost = 0

    def run(self, stopping: Signal) -> None:
        """Until `stopping` is set; what is begun is brought to its end."""
        while not stopping.is_set():
            if not self.step():
                stopping.wait(IDLE_S)

    def step(self) -> bool:
        """One slice; whether there was one."""
        if time.monotonic() - self._renewed > RENEW_S:
            self._finder.renew()
            self._renewed = time.monotonic()
        try:
            taken = self._slices.next()
            if taken is not None:
                self._judge(taken)
        except Lost as lost:
            self.lost += 1
            log.warning("%s: another worker has taken it over; what was found here does not count", lost)
            return True
        return taken is not None

    def _judge(self, taken: Slice) -> None:
        """All hits of the slice are handed over in one transaction, and only by who holds it."""
        lease, beaten = taken.lease, time.monotonic()
        hits: list[Hit] = []
        for batch in taken.batches:
            hits += self._finder.find([batch])
            self.judged += len(batch)
            if time.monotonic() - beaten > self._patience_s / 5:
                lease, beaten = self._leases.beat(lease), time.monotonic()
        with self._leases.done(lease):
            hand_over(self._desk.state, hits)
