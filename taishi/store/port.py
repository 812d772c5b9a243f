"""What every event store here has beyond `taishi.core.ports.EventStore`."""

from datetime import datetime
from typing import Protocol

from taishi.core.ports import EventStore


class Store(EventStore, Protocol):
    """An event store that is kept in good order by whoever runs it."""

    def maintain(self, now: datetime) -> None:
        """Housekeeping that is due; call it every few seconds. Loses and doubles nothing when killed."""
