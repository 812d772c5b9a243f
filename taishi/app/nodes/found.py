"""Hits that workers found, on their way to the service that judges them."""

from collections.abc import Iterable

from taishi.core.node_records import FoundHit
from taishi.core.ports import Find, StateStore
from taishi.core.records import Hit

#: Hits that are judged in one look.
_AT_ONCE = 5_000


def hand_over(state: StateStore, hits: Iterable[Hit]) -> None:
    """Kept until they are judged. The same hit again is the same record."""
    found = [FoundHit(hit.id, hit) for hit in hits]
    if found:
        state.put(*found)


class Found:
    """What workers have found: `take`, then `judged`. A kill in between shows the same hits again."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._taken: list[FoundHit] = []

    def take(self) -> list[Hit]:
        self._taken = self._state.find(FoundHit, Find(limit=_AT_ONCE))
        return [one.hit for one in self._taken]

    def judged(self) -> None:
        """What was taken needs no keeping any more, unless a worker has found it otherwise meanwhile."""
        with self._state.transaction():
            for one in self._taken:
                if self._state.get(FoundHit, one.id) == one:
                    self._state.delete(FoundHit, one.id)
        self._taken = []
