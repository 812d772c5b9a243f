"""What each rule has cost and found in the running service: a small file in the data directory."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from detections.engine.costs import Costs
from detections.engine.rule import Rule
from taishi.core.problems import Problem

#: A rule is named as dear when it alone takes this share of all rules' time and at least so many seconds.
DEAR_SHARE, DEAR_SECONDS = 0.1, 1.0


class RuleCost(msgspec.Struct, frozen=True):
    """One rule: events it hit, how often its condition was decided, and the seconds that took."""

    rule: str
    hits: int
    evaluations: int
    seconds: float


class Searches(msgspec.Struct, frozen=True):
    """Of so many rules that search the store: slices of it, queries, and events that these found.
    `unanswered`: by rule the slices of which its query did not tell all."""

    rules: int
    slices: int
    queries: int
    events: int
    unanswered: dict[str, int]


class RuleCosts(msgspec.Struct, frozen=True):
    """Since when (the service's start) and as of when. `excepted`: matches kept back, by exception id.
    `searches`: where rules search the store."""

    since: datetime
    at: datetime
    rules: tuple[RuleCost, ...]
    excepted: dict[str, int] = {}
    searches: Searches | None = None

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.rules)

    def dear(self) -> tuple[RuleCost, ...]:
        """The rules that cost too much, dearest first."""
        bar = max(DEAR_SECONDS, DEAR_SHARE * self.seconds)
        return tuple(sorted((one for one in self.rules if one.seconds >= bar), key=lambda one: -one.seconds))


def measured(rules: Sequence[Rule], costs: Costs) -> Iterator[RuleCost]:
    """What an engine has counted, for the rules that it had to decide at all."""
    found = zip(rules, costs.hits, costs.evaluations, costs.seconds, strict=True)
    return (RuleCost(rule.id, hits, times, round(s, 6)) for rule, hits, times, s in found if hits or times)


def costs_path(data: Path) -> Path:
    return data / "rule_costs.json"


def write_costs(data: Path, costs: RuleCosts) -> None:
    """Whole or not at all: whoever reads it meanwhile has the last one."""
    path = costs_path(data)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(msgspec.json.encode(costs))
    os.replace(new, path)


def read_costs(data: Path) -> RuleCosts | None:
    """None where no service has written any yet. Raises Problem where the file is damaged."""
    path = costs_path(data)
    try:
        return msgspec.json.decode(path.read_bytes(), type=RuleCosts)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise Problem(f"{path}: {error}; remove it, a running service writes it again") from None
