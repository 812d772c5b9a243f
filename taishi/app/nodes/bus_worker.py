"""A worker of the bus: events of its partitions become hits until it is told to stop."""

import logging
import time
from threading import Event as Signal

from taishi.app.desk import Desk
from taishi.app.nodes.finder import Finder
from taishi.app.nodes.found import hand_over
from taishi.app.nodes.worker import RENEW_S
from taishi.bus.address import Properties
from taishi.bus.consumer import SILENT_S, EventConsumer
from taishi.core.problems import Problem

log = logging.getLogger("taishi.worker")

#: Seconds that a look at the topic waits for events, and until what failed is tried again.
_WAIT_S, _AGAIN_S = 0.2, 1.0


class BusWorker:
    """One a process. `judged`: events that it has looked at, those that came twice counted twice.

    A hit is durable before what it was found in is noted as done. So a worker that dies leaves events to be
    looked at again, and since the same events give the same hits that changes nothing.
    """

    def __init__(self, desk: Desk, properties: Properties, silent_s: float = SILENT_S) -> None:
        self._desk, self._properties, self._silent_s = desk, properties, silent_s
        self._finder = Finder(desk)
        self._renewed = time.monotonic()
        self.judged = 0

    def run(self, stopping: Signal) -> None:
        """Until `stopping` is set. Where bus or state fail it begins again with what is not done."""
        while not stopping.is_set():
            consumer = EventConsumer(self._properties, self._silent_s)
            try:
                while not stopping.is_set():
                    self._step(consumer)
            except Problem as problem:
                log.error("%s", problem)
                stopping.wait(_AGAIN_S)
            finally:
                consumer.close()

    def _step(self, consumer: EventConsumer) -> None:
        if time.monotonic() - self._renewed > RENEW_S:
            self._finder.renew()
            self._renewed = time.monotonic()
        batches = consumer.take(_WAIT_S)
        if not batches:
            return
        hand_over(self._desk.state, self._finder.find(batches))
        consumer.done()
        self.judged += sum(map(len, batches))
