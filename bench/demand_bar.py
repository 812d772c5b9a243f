"""What an issue demands of a figure, for every benchmark that has such bars."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One demand of the issue. `at_least`: the figure must reach the bar; otherwise it must not pass it."""

    name: str
    figure: float
    bar: float
    at_least: bool = True

    @property
    def holds(self) -> bool:
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar
