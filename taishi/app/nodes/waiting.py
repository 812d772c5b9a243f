"""The service's side of detection workers: takes what they found, and sees when none is at work."""

from datetime import timedelta

from taishi.app.desk import Desk
from taishi.app.nodes.found import Found
from taishi.app.nodes.slices import cut_upto
from taishi.core.records import Hit

#: How long workers may leave new events alone before that is told.
_PATIENCE = timedelta(seconds=60)


class Waiting:
    """`take`, then `judged` at each look of the service. `sliced`: workers take slices of the stream; those
    of a bus are watched there."""

    def __init__(self, desk: Desk, sliced: bool = True) -> None:
        self._desk, self._sliced = desk, sliced
        self._found = Found(desk.state)
        self._moved = desk.clock.now()
        self._cut: str | None = None
        self._behind = False

    def take(self) -> list[Hit]:
        """What workers have found and nobody has judged."""
        return self._found.take()

    def judged(self, upto: str | None) -> None:
        """What was taken is judged. `upto`: the cursor up to which the service itself has read."""
        self._found.judged()
        if not self._sliced:
            return
        cut = cut_upto(self._desk.state)
        if cut != self._cut or cut == upto:
            self._cut, self._moved = cut, self._desk.clock.now()
        self._behind = cut != upto

    def ailing(self) -> list[str]:
        if self._behind and self._desk.clock.now() - self._moved > _PATIENCE:
            since = self._moved.isoformat("T", "seconds")
            return [f"no worker has looked at new events since {since}; start `taishi worker`"]
        return []
