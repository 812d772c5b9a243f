"""How far events follow the order of a list of rules, in a window that slides."""


class Chain:
    """The longest run of steps that occur in list order within what is still in the window.

    An occurrence has a position (rising with every event) and a time. Steps at the same microsecond count as
    in order: nothing says they were not; so one event that matches two rules can be two steps.

    `_reach[n][i]` is the highest position p such that some n+1 steps, none after step i of the list, occurred
    in order at p or later. Only that one is needed: what starts later stays longer. The cost of an event
    depends on the number of steps, not on the window.
    """

    __slots__ = ("_before", "_reach", "_steps", "_tick", "_time")

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._reach = [[-1] * steps for _ in range(steps)]
        #: The reach before the present microsecond, and the latest position of each step within it.
        self._before = self._reach
        self._tick: dict[int, int] = {}
        self._time: int | None = None

    def occur(self, step: int, position: int, time: int) -> None:
        """Step `step` of the list occurred. Times never fall, positions rise."""
        if time != self._time:
            self._time, self._before, self._tick = time, self._reach, {}
        self._tick[step] = position
        self._reach = [row.copy() for row in self._before]
        for present in sorted(self._tick):
            self._extend(present, self._tick[present])

    def _extend(self, step: int, position: int) -> None:
        for length in range(step + 1):
            start = position
            if length:
                start = min(position, self._reach[length - 1][step - 1])
            row = self._reach[length]
            for last in range(step, self._steps):
                if row[last] >= start:
                    break
                row[last] = start

    def longest(self, oldest: int) -> int:
        """How many steps occurred in order at position `oldest` or later."""
        length = self._steps
        while length and self._reach[length - 1][-1] < oldest:
            length -= 1
        return length
