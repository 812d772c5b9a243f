"""Everything that finds, behind one door: rules event by event, behaviours over time."""

from collections.abc import Iterator

from detections.behaviours.catalogue import all_behaviours
from detections.engine.kept import Kept
from detections.engine.load import RulePack
from detections.engine.sigma import SigmaEngine
from detections.meaning import to_hit
from detections.networks import Networks
from taishi.core.event import Batch
from taishi.core.records import Hit


class Detector:
    """Takes batches in; gives hits. Replaying batches gives the same hits with the same ids."""

    def __init__(self, pack: RulePack, networks: Networks, kept: Kept | None = None) -> None:
        self._engine = SigmaEngine(pack.plan, kept)
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
