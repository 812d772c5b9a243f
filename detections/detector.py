"""Everything that finds, behind one door: rules event by event, behaviours over time."""

from collections.abc import Iterable, Iterator

from detections.behaviours.catalogue import all_behaviours
from detections.engine.engine import SigmaEngine
from detections.engine.rule import Rule
from detections.meaning import to_hit
from detections.networks import Networks
from taishi.core.event import Batch
from taishi.core.records import Hit


class Detector:
    """Takes batches in; gives hits. Replaying batches gives the same hits with the same ids."""

    def __init__(self, rules: Iterable[Rule], networks: Networks) -> None:
        self._engine = SigmaEngine(rules)
        self._networks = networks
        self._behaviours = all_behaviours(networks)

    def observe(self, batch: Batch) -> Iterator[Hit]:
        """Hits of single-event rules on this batch; behaviours take it in and answer in `standing`."""
        for behaviour in self._behaviours:
            if batch.kind in behaviour.kinds:
                behaviour.observe(batch)
        for rule, event in self._engine.match(batch):
            hit = to_hit(rule, event, self._networks)
            if hit is not None:
                yield hit

    def standing(self) -> Iterator[Hit]:
        """Hits of behaviours, as they stand now; a group that grew comes again under the same id."""
        for behaviour in self._behaviours:
            yield from behaviour.hits()
