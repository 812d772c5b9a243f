"""How fast one sender may bring documents."""

from collections.abc import Callable
from time import monotonic

#: Documents a second for long, and at once.
RATE, BURST = 50_000, 500_000


class Pace:
    """A bucket of tokens a sender."""

    def __init__(self, rate: int = RATE, burst: int = BURST, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, sender: str, documents: int) -> float:
        """Seconds to come again after; 0: go on. One delivery larger than the burst is let through whole."""
        now = self._clock()
        left, at = self._left.get(sender, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._rate)
        wanted = min(documents, self._burst)
        if wanted > left:
            self._left[sender] = left, now
            return (wanted - left) / self._rate
        self._left[sender] = left - documents, now
        return 0.0
