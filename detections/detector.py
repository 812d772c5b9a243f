"""Everything that finds: rules event by event and in correlation, behaviours over time."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from detections.behaviours.catalogue import all_behaviours
from detections.engine.load import RulePack
from detections.intel.index import Index
from detections.intel.watch import IntelWatch
from detections.ledger.ledger import Ledger
from detections.networks import Networks
from detections.rule_watch import MOST_OFFLINE, RuleWatch
from detections.sequences.catalogue import Sequences
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.kit.kept import Kept


class _Saved(msgspec.Struct, array_like=True):
    ledger: bytes
    sequences: bytes
    intel: bytes


class Behaviours:
    """All behaviours over what the ledger remembers, the sequences, and what intelligence knows."""

    def __init__(self, networks: Networks, known: Index | None = None) -> None:
        self._networks = networks
        self.ledger = Ledger(networks, all_behaviours())
        self._sequences = Sequences(networks)
        self.intel = IntelWatch(networks, known)

    @property
    def hosts(self) -> int:
        """Hosts of ours that spoke on one day, at the most, as far as `standing` has looked."""
        return self.ledger.most_hosts

    def observe(self, batch: Batch, now: datetime | None = None) -> None:
        """Takes a batch in; the answer is in `standing`. `now`: the clock, where the stream is live."""
        self.ledger.observe(batch, now)
        self._sequences.observe(batch)
        self.intel.observe(batch)

    def standing(self) -> Iterator[Hit]:
        """Hits that are new or have grown since the last call; a group that grew has the same id.

        Among them hits that are withdrawn: whether they were ever told before, the caller knows.
        """
        yield from self.ledger.judged()
        yield from self._sequences.standing()
        yield from self.intel.standing()

    def snapshot(self) -> bytes:
        """What is remembered, to be taken when `standing` has been read."""
        return msgspec.msgpack.encode(
            _Saved(self.ledger.saved(), self._sequences.saved(), self.intel.saved())
        )

    def restore(self, data: bytes) -> None:
        """Goes on from a snapshot; to be called when new.

        Raises ValueError where it is none of this kind; then nothing is remembered.
        """
        try:
            saved = msgspec.msgpack.decode(data, type=_Saved)
        except msgspec.DecodeError as error:
            raise ValueError(f"the behaviours' state cannot be read: {error}") from None
        sequences = Sequences(self._networks)
        sequences.restore(saved.sequences)
        self.ledger.restore(saved.ledger)
        self.intel.restore(saved.intel)
        self._sequences = sequences


class Detector:
    """Rules and behaviours over an input that has an end. Replaying it gives the same hits."""

    def __init__(
        self, pack: RulePack, networks: Networks, kept: Kept | None = None, known: Index | None = None
    ) -> None:
        self._rules = RuleWatch(pack, networks, kept, limit=MOST_OFFLINE)
        self._behaviours = Behaviours(networks, known)

    def observe(self, batch: Batch) -> Iterator[Hit]:
        """Hits of single-event rules on this batch; the others answer in `standing`."""
        self._behaviours.observe(batch)
        yield from self._rules.observe(batch)

    @property
    def hosts(self) -> int:
        """Hosts of ours that spoke on one day at the most, once `standing` was asked."""
        return self._behaviours.hosts

    def standing(self) -> Iterator[Hit]:
        """The input has ended: hits of correlations and behaviours."""
        yield from self._rules.finish()
        yield from (hit for hit in self._behaviours.standing() if not hit.withdrawn)
