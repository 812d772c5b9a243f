"""The sequences there are: every module beside this one with a `SEQUENCE`, and all of them as one."""

from collections.abc import Callable, Iterator
from typing import Protocol, cast

from detections import sequences
from detections.networks import Networks
from taishi.core.discover import discover
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit


class Sequence(Protocol):
    """One finding. One file in `detections/sequences/` with a module-level `SEQUENCE` factory."""

    @property
    def id(self) -> str: ...

    @property
    def kinds(self) -> frozenset[Kind]: ...

    def observe(self, batch: Batch) -> None:
        """Takes events in; may come late and out of order."""

    def hits(self) -> Iterator[Hit]:
        """Every group that is over its bar so far; asking twice gives the same."""


def all_sequences(networks: Networks) -> list[Sequence]:
    """Fresh ones, in name order."""
    factories = discover(sequences, "SEQUENCE")
    return [cast(Callable[[Networks], Sequence], factory)(networks) for factory in factories]


class Sequences:
    """All of them. What they have seen lives in memory alone, bounded by `Recent`."""

    def __init__(self, networks: Networks) -> None:
        self._all = all_sequences(networks)

    def observe(self, batch: Batch) -> None:
        """Takes a batch in; the answer is in `standing`."""
        for one in self._all:
            if batch.kind in one.kinds:
                one.observe(batch)

    def standing(self) -> Iterator[Hit]:
        """Hits as they stand now; a group that grew comes again under the same id."""
        for one in self._all:
            yield from one.hits()
