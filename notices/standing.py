"""One open letter a unit and class: what a letter that is open takes in, so that no second one is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notices.measures import Policy
from taishi.core.records import Level, Threat

#: A letter that demands also informs: what would be told by these is told by it.
_COVERED: dict[str, tuple[str, ...]] = {"disposal": ("advisory",)}


@dataclass(frozen=True)
class Standing:
    """An open letter as the policy sees it. `level`: the worst of its items; `since`: when it left, or was
    drawn up where it has not left yet."""

    type: str
    threat: Threat
    level: Level
    since: datetime

    def takes_in(self, threat: Threat, wanted: str, at: datetime, policy: Policy) -> bool:
        """Whether what would have a letter of type `wanted` about that class at that moment is added here.

        A letter that gathered a week is full when the week is: the next week has its own.
        """
        if threat != self.threat or not covers(self.type, wanted):
            return False
        gathered = policy.measure(self.threat, self.level).when == "weekly"
        return not gathered and at < self.since + timedelta(days=policy.append_days)


def covers(type_: str, wanted: str) -> bool:
    """Whether a letter of the first type says all that one of the second would ask for."""
    return wanted in (type_, *_COVERED.get(type_, ()))
