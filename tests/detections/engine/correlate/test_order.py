"""The longest run of steps in order, against trying every choice."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from detections.engine.correlate.order import Chain

STEPS = 5
#: (microseconds since the one before, step)
occurrences = st.lists(st.tuples(st.integers(0, 2), st.integers(0, STEPS - 1)), max_size=12)


def longest(window: list[tuple[int, int]]) -> int:
    """The most steps that some of the occurrences (time, step) are in list order."""
    for size in range(STEPS, 0, -1):
        for steps in combinations(range(STEPS), size):
            if can_follow(steps, window, 0):
                return size
    return 0


def can_follow(steps: tuple[int, ...], window: list[tuple[int, int]], time: int) -> bool:
    """Taking each step as early as possible finds an order where there is one."""
    for step in steps:
        times = [at for at, own in window if own == step and at >= time]
        if not times:
            return False
        time = min(times)
    return True


@settings(max_examples=300)
@given(occurrences)
def test_finds_the_longest_order_in_every_window(found: list[tuple[int, int]]) -> None:
    chain, window, time = Chain(STEPS), list[tuple[int, int]](), 0
    for position, (gap, step) in enumerate(found):
        time += gap
        chain.occur(step, position, time)
        window.append((time, step))
        for oldest in range(position + 1):
            assert chain.longest(oldest) == longest(window[oldest:])
