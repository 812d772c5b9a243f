"""Guessing is made slow and is told: so many wrong codes from one address, then none for a while."""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from taishi.core.clock import Clock

#: A clerk who types a code from paper is wrong now and then, not ten times in ten minutes.
MOST, WITHIN = 10, timedelta(minutes=10)
#: Wrong codes that nobody made a link for are told one by one up to so many a minute, then by their number.
ONE_BY_ONE, TELL_EVERY = 10, timedelta(minutes=1)
#: So many addresses are remembered; the one that was quiet longest is forgotten first.
_REMEMBERED = 20_000

Tell = Callable[[str, int], object]


class Guesses:
    """For one process. Safe for threads."""

    def __init__(self, clock: Clock, tell: Tell) -> None:
        """`tell(place, count)` writes a line about unknown codes or tokens from that address."""
        self._clock, self._tell = clock, tell
        self._lock = Lock()
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._minute: datetime | None = None
        self._told = self._untold = 0

    def allowed(self, place: str) -> bool:
        """Whether an address may try a code now."""
        with self._lock:
            return len(self._recent(place)) < MOST

    def wrong(self, place: str, *, known: bool = False) -> None:
        """Counts a try that opened nothing. `known`: its line in the audit is written already."""
        with self._lock:
            now = self._clock.now()
            self._recent(place).append(now)
            self._wrong.move_to_end(place)
            if len(self._wrong) > _REMEMBERED:
                self._wrong.popitem(last=False)
            count = 0 if known else self._count(now)
        if count:
            self._tell(place, count)

    def _recent(self, place: str) -> deque[datetime]:
        tries = self._wrong.setdefault(place, deque(maxlen=MOST))
        while tries and self._clock.now() - tries[0] >= WITHIN:
            tries.popleft()
        return tries

    def _count(self, now: datetime) -> int:
        """How many tries the line to be written now stands for; 0 where it waits."""
        if self._minute is None or now - self._minute >= TELL_EVERY:
            self._minute, self._told = now, 0
        self._untold += 1
        if self._told >= ONE_BY_ONE:
            return 0
        self._told += 1
        count, self._untold = self._untold, 0
        return count
