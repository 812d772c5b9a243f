"""The rhythm of a county office: when people work."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

#: From 8:00, chance of each hour of a working day: mornings, a long noon, afternoons.
HOURS = {8: 7, 9: 11, 10: 11, 11: 7, 12: 2, 13: 1, 14: 7, 15: 11, 16: 10, 17: 6, 18: 1}


def office_moments(day: datetime, dice: Random, mean: float) -> Iterator[datetime]:
    """About `mean` moments of the working day that begins at midnight `day`, in order."""
    count = max(0, round(dice.gauss(mean, mean**0.5 / 1.5)))
    hours = dice.choices(list(HOURS), weights=list(HOURS.values()), k=count)
    yield from sorted(day + timedelta(hours=hour, seconds=dice.uniform(0, 3600)) for hour in hours)


def every(start: datetime, end: datetime, step: timedelta, jitter: float, dice: Random) -> Iterator[datetime]:
    """Moments about `step` apart, each off by up to `jitter` of it; half-open, with a chance first one."""
    at = start + step * dice.random()
    while at < end:
        yield at
        at += step * (1 + dice.uniform(-jitter, jitter))
