"""What a worker finds in events by themselves: no event before or after is asked, so any node may look."""

import logging
from collections.abc import Iterable, Iterator

from detections.engine.load import RulePack
from detections.exceptions import Exceptions
from detections.networks import Networks
from detections.pack import without_correlations
from detections.rule_watch import RuleWatch
from taishi.app.desk import Desk
from taishi.app.own_networks import own_networks
from taishi.app.rule_loading import RuleLoading
from taishi.core.event import Batch
from taishi.core.records import Hit, RuleException
from taishi.kit.kept import Kept, default_folder

log = logging.getLogger("taishi.worker")


class Finder:
    """Rules on single events, as the data directory and the settings say; `renew` them now and then."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept = Kept(default_folder())
        self._loading = RuleLoading(desk.data, self._kept)
        self._exceptions = Exceptions()
        self._pack: RulePack = without_correlations(self._loading.first())
        self._networks = own_networks(desk)
        self._watch = self._made()
        self.renew()

    def _made(self) -> RuleWatch:
        networks = Networks(*self._networks)
        return RuleWatch(self._pack, networks, self._kept, self._exceptions)

    def renew(self) -> None:
        """Takes rules, exceptions and networks as they are now."""
        self._exceptions.renew(self._desk.state.find(RuleException))
        pack, networks = self._loading.changed(), own_networks(self._desk)
        if pack is not None:
            self._pack = without_correlations(pack)
        if pack is not None or networks != self._networks:
            self._networks = networks
            self._watch = self._made()

    def find(self, batches: Iterable[Batch]) -> Iterator[Hit]:
        for batch in batches:
            yield from self._watch.observe(batch)
