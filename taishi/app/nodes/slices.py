"""The stream of stored events, cut into slices, each judged under a lease of its own.

Slices are cut by the place in the stream, not by the time of the events: an event that comes late lies in the
slice that is cut when it comes, so none has to be looked at twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from taishi.app.nodes.leases import Leases
from taishi.core.event import Batch
from taishi.core.node_records import Lease
from taishi.core.ports import EventStore, StateStore

#: Events in a slice.
ROWS = 10_000
#: The lease under which slices are cut, and the setting that says up to where they are.
_CUTTING, _CUT = "cut", "slices.cut"
_SLICE = "slice."


@dataclass(frozen=True)
class Slice:
    """Events that this node alone judges, as long as it holds the lease."""

    lease: Lease
    batches: Sequence[Batch]


class Slices:
    """The slices as one node takes them."""

    def __init__(self, state: StateStore, events: EventStore, leases: Leases, rows: int = ROWS) -> None:
        self._state, self._events, self._leases, self._rows = state, events, leases, rows

    def next(self) -> Slice | None:
        """A dead node's slice first, else a new one. None: nothing to do, or another node is cutting now."""
        return self._left_behind() or self._new()

    def _left_behind(self) -> Slice | None:
        for found in self._leases.dead():
            if found.rows and (lease := self._leases.acquire(found.id)) is not None:
                return Slice(lease, list(self._read(lease)))
        return None

    def _read(self, lease: Lease) -> Iterator[Batch]:
        """At least the rows that the slice had when it was cut; more of them do no harm."""
        cursor, missing = lease.start, lease.rows
        while missing > 0:
            batches, cursor = self._events.stream(cursor, missing)
            if not batches:
                return
            yield from batches
            missing -= sum(map(len, batches))

    def _new(self) -> Slice | None:
        cutting = self._leases.acquire(_CUTTING)
        if cutting is None:
            return None
        start = self._state.setting(_CUT)
        batches, cursor = self._events.stream(start, self._rows)
        with self._leases.done(cutting) as token:
            if not batches:
                return None
            lease = Lease(f"{_SLICE}{token}", cutting.holder, token, 0, start, sum(map(len, batches)))
            self._state.put(lease)
            self._state.set_setting(_CUT, cursor)
        return Slice(lease, batches)


def cut_upto(state: StateStore) -> str | None:
    """The cursor up to which the stream is cut into slices; None: nothing yet."""
    return state.setting(_CUT)
