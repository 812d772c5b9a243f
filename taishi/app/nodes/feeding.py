"""Stored events are handed to workers over the bus: each at least once, in the order of the stream."""

from contextlib import suppress
from datetime import timedelta
from threading import Event as Signal

from taishi.app.desk import Desk
from taishi.app.nodes.leases import Leases, Lost
from taishi.bus.address import Properties, servers
from taishi.bus.producer import EventProducer
from taishi.bus.topic import Behind, ready_topic
from taishi.core.node_records import Lease

#: The setting that says up to which cursor events are on the bus, and the lease of whoever feeds it.
_FED, _FEEDING = "bus.fed", "feed"
#: Events that are handed over at once.
ROWS = 20_000
#: How long workers may leave what waits alone before that is told.
_PATIENCE = timedelta(seconds=60)


class Feeding:
    """One a service. Killed between broker and setting, it hands the same events over again: what workers
    find twice is one hit."""

    def __init__(self, desk: Desk, properties: Properties, name: str) -> None:
        self._desk, self._properties = desk, properties
        self._leases = Leases(desk.state, name)
        self._producer: EventProducer | None = None
        self._behind: Behind | None = None
        self._partitions = 0
        self._done, self._moved = -1, desk.clock.now()
        self._waiting = 0

    def feed(self, stopping: Signal) -> int:
        """Everything that is new, unless another service does it; gives the number of events. Raises Problem
        where the broker cannot be reached: nothing is lost, the next call goes on."""
        producer, fed = self._ready(), 0
        if self._desk.events.stream(self._desk.state.setting(_FED), 1)[0]:
            self._leases.dead()
            lease = self._leases.acquire(_FEEDING)
            with suppress(Lost):  # whoever has taken it over goes on where the setting says
                fed = self._feed(lease, producer, stopping) if lease else 0
        self._look()
        return fed

    def _feed(self, lease: Lease, producer: EventProducer, stopping: Signal) -> int:
        fed = 0
        try:
            while not stopping.is_set():
                batches, cursor = self._desk.events.stream(self._desk.state.setting(_FED), ROWS)
                if not batches:
                    break
                producer.send(batches)
                with self._leases.guard(lease):
                    self._desk.state.set_setting(_FED, cursor)
                lease = self._leases.beat(lease)
                fed += sum(map(len, batches))
        finally:
            with self._leases.done(lease):
                pass
        return fed

    def _ready(self) -> EventProducer:
        if self._producer is None:
            self._partitions = ready_topic(self._properties)
            self._producer = EventProducer(self._properties, self._partitions)
        return self._producer

    def _look(self) -> None:
        """How far workers are."""
        if self._behind is None:
            self._behind = Behind(self._properties)
        done, self._waiting = self._behind.messages(self._partitions)
        if done != self._done or not self._waiting:
            self._done, self._moved = done, self._desk.clock.now()

    def ailing(self) -> list[str]:
        """Why what waits on the bus is not looked at."""
        if self._waiting and self._desk.clock.now() - self._moved > _PATIENCE:
            since = self._moved.isoformat("T", "seconds")
            told = f"{self._waiting} messages wait at {servers(self._properties)} since {since}"
            return [f"{told}; start `taishi worker --kafka`"]
        return []

    def close(self) -> None:
        if self._behind is not None:
            self._behind.close()
