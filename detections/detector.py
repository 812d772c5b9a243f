"""Everything that finds: rules event by event and in correlation, behaviours over time."""

from collections.abc import Iterator

from detections.behaviours.catalogue import all_behaviours
from detections.engine.kept import Kept
from detections.engine.load import RulePack
from detections.networks import Networks
from detections.rule_watch import MOST_OFFLINE, RuleWatch
from taishi.core.event import Batch
from taishi.core.records import Hit


class Behaviours:
    """All behaviours. What they have seen lives in memory alone."""

    def __init__(self, networks: Networks) -> None:
        self._all = all_behaviours(networks)

    def observe(self, batch: Batch) -> None:
        """Takes a batch in; the answer is in `standing`."""
        for behaviour in self._all:
            if batch.kind in behaviour.kinds:
                behaviour.observe(batch)

    def standing(self) -> Iterator[Hit]:
        """Hits as they stand now; a group that grew comes again under the same id."""
        for behaviour in self._all:
            yield from behaviour.hits()


class Detector:
    """Rules and behaviours over an input that has an end. Replaying it gives the same hits."""

    def __init__(self, pack: RulePack, networks: Networks, kept: Kept | None = None) -> None:
        self._rules = RuleWatch(pack, networks, kept, limit=MOST_OFFLINE)
        self._behaviours = Behaviours(networks)

    def observe(self, batch: Batch) -> Iterator[Hit]:
        """Hits of single-event rules on this batch; the others answer in `standing`."""
        self._behaviours.observe(batch)
        yield from self._rules.observe(batch)

    def standing(self) -> Iterator[Hit]:
        """The input has ended: hits of correlations and behaviours."""
        yield from self._rules.finish()
        yield from self._behaviours.standing()
