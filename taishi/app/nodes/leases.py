"""Leases in the state store: one holder at a time, told by a growing token, without trust in anybody's clock.

A holder is taken for dead by whoever has watched its lease for `patience_s`, by its own monotonic clock, and
seen no beat. What a holder that was only slow writes later is refused (`guard`): its token is older.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from taishi.core.node_records import Lease
from taishi.core.ports import StateStore

#: How long a lease without a beat is watched before it is taken over.
PATIENCE_S = 15.0
_TOKENS = "lease"


class Lost(Exception):
    """Another node has taken the lease over: what was done under it does not count."""


class Leases:
    """The leases as one node sees them; `holder` names it. Each thread has one of its own."""

    def __init__(
        self,
        state: StateStore,
        holder: str,
        patience_s: float = PATIENCE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state, self._holder = state, holder
        self._patience_s, self._monotonic = patience_s, monotonic
        self._seen: dict[str, tuple[Lease, float]] = {}

    def dead(self) -> list[Lease]:
        """Leases whose holder has shown no sign of life for so long; to be asked again and again."""
        now = self._monotonic()
        self._seen = {lease.id: self._watched(lease, now) for lease in self._state.find(Lease)}
        return [lease for lease, _ in self._seen.values() if self._is_dead(lease)]

    def _watched(self, lease: Lease, now: float) -> tuple[Lease, float]:
        """The lease as it stands, and since when it has stood so before this node's eyes."""
        seen = self._seen.get(lease.id)
        return seen if seen is not None and seen[0] == lease else (lease, now)

    def _is_dead(self, lease: Lease) -> bool:
        seen, since = self._seen.get(lease.id, (None, 0.0))
        return seen == lease and self._monotonic() - since >= self._patience_s

    def acquire(self, name: str) -> Lease | None:
        """The lease, where nobody holds it or its holder is `dead`; what it is about stays as it was."""
        if (found := self._state.get(Lease, name)) is not None and not self._is_dead(found):
            return None
        with self.alone() as token:
            found = self._state.get(Lease, name)
            if found is not None and not self._is_dead(found):
                return None
            lease = msgspec.structs.replace(found or Lease(name, "", 0), holder=self._holder, token=token)
            self._state.put(lease)
        return lease

    def beat(self, lease: Lease) -> Lease:
        """Shows that the holder lives. Raises Lost."""
        with self.guard(lease):
            alive = msgspec.structs.replace(lease, beat=lease.beat + 1)
            self._state.put(alive)
        return alive

    @contextmanager
    def done(self, lease: Lease) -> Iterator[int]:
        """The holder's last transaction: the lease ends with it. Raises Lost."""
        with self.guard(lease) as token:
            yield token
            self._state.delete(Lease, lease.id)

    @contextmanager
    def guard(self, lease: Lease) -> Iterator[int]:
        """A transaction that only the holder may make; gives a new token. Raises Lost."""
        with self.alone() as token:
            found = self._state.get(Lease, lease.id)
            if found is None or found.token != lease.token:
                raise Lost(lease.id)
            yield token

    @contextmanager
    def alone(self) -> Iterator[int]:
        """A transaction beside which no other node changes a lease; gives a new token."""
        with self._state.transaction():
            # Counted up first: databases that let transactions run side by side make the others wait here.
            yield self._state.next_number(_TOKENS)
