"""What exceptions keep back of an alert's subject: which, whose, why, until when, and how much."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from detections.exceptions import Exceptions
from taishi.app.rule_costs import read_costs
from taishi.core.ports import Find, StateStore
from taishi.core.problems import Problem
from taishi.core.records import Alert, Hit, RuleException


@dataclass(frozen=True)
class KeptBack:
    """One exception that an alert's subject meets. `hits`: stored hits of the subject in its span; `matches`:
    all that it has kept back since the service started, None where no service has said yet."""

    exception: RuleException
    hits: int
    matches: int | None

    def state(self, at: datetime) -> Literal["coming", "standing", "over"]:
        """At that moment of event time."""
        if at < self.exception.since:
            return "coming"
        return "standing" if at < self.exception.until else "over"


def kept_back(state: StateStore, data: Path, alert: Alert) -> tuple[KeptBack, ...]:
    """The newest exception first."""
    exceptions = Exceptions(state.find(RuleException))
    met: dict[str, RuleException] = {}
    hits: Counter[str] = Counter()
    for hit in state.find(Hit, Find({"subject": alert.verdict.subject})):
        for one, covers in exceptions.about(hit):
            met[one.id] = one
            hits[one.id] += covers
    if not met:
        return ()
    counted = _counted(data)
    return tuple(
        KeptBack(met[key], hits[key], None if counted is None else counted.get(key, 0))
        for key in sorted(met, reverse=True)
    )


def _counted(data: Path) -> dict[str, int] | None:
    """By exception; None where there is no count, or none that can be read."""
    try:
        costs = read_costs(data)
    except Problem:
        return None
    return costs.excepted if costs else None
