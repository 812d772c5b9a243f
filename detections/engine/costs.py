"""What each rule costs and how often it hits, since the engine was made."""

from dataclasses import dataclass, field


@dataclass
class Costs:
    """One place a rule, in the plan's order. Evaluations and (wall-clock) seconds are estimates."""

    size: int
    hits: list[int] = field(init=False)
    evaluations: list[int] = field(init=False)
    seconds: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.hits = [0] * self.size
        self.evaluations = [0] * self.size
        self.seconds = [0.0] * self.size
