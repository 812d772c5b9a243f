"""The sequences there are: every module beside this one with a `SEQUENCE`, and all of them as one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Protocol, cast

from detections import sequences
from detections.networks import Networks
from detections.sequences import snapshot
from detections.sequences.recent import Recent
from taishi.core.discover import discover
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit


class Sequence(Protocol):
    """One finding. One file in `detections/sequences/` with a module-level `SEQUENCE` factory.

    What it remembers lies in attributes that are `Recent` and nowhere else: these are bounded and saved.
    """

    @property
    def id(self) -> str: ...

    @property
    def kinds(self) -> frozenset[Kind]: ...

    def observe(self, batch: Batch) -> None:
        """Takes events in; may come late and out of order."""

    def hits(self) -> Iterator[Hit]:
        """Every group that is over its bar so far; asking changes nothing.

        A group that was over it and may be no more comes as a hit that is withdrawn.
        """


def all_sequences(networks: Networks) -> list[Sequence]:
    """Fresh ones, in name order."""
    factories = discover(sequences, "SEQUENCE")
    return [cast(Callable[[Networks], Sequence], factory)(networks) for factory in factories]


class Sequences:
    """All of them."""

    def __init__(self, networks: Networks) -> None:
        self._all = all_sequences(networks)
        self._by_kind: dict[Kind, list[Sequence]] = defaultdict(list)
        for one in self._all:
            for kind in one.kinds:
                self._by_kind[kind].append(one)

    def observe(self, batch: Batch) -> None:
        """Takes a batch in; the answer is in `standing`."""
        for one in self._by_kind.get(batch.kind, ()):
            one.observe(batch)

    def standing(self) -> Iterator[Hit]:
        """Hits as they stand now; a group that grew comes again under the same id."""
        for one in self._all:
            yield from one.hits()

    def memories(self) -> Iterator[tuple[str, Recent[object, object]]]:
        """Everything that is remembered, under names that last."""
        for one in self._all:
            for name, held in vars(one).items():
                if isinstance(held, Recent):
                    yield f"{one.id}/{name.strip('_')}", held

    def saved(self) -> bytes:
        """Everything that is remembered: a few hundred KB on ordinary days."""
        return snapshot.encode({name: held.saved() for name, held in self.memories()})

    def restore(self, data: bytes) -> None:
        """Goes on from there; to be called when new.

        Raises ValueError where it is no state of this version; then this one is of no more use.
        """
        told = snapshot.decode(data)
        memories = dict(self.memories())
        if told.keys() != memories.keys():
            raise ValueError(f"the sequences' state is of others: {sorted(told.keys() ^ memories.keys())}")
        for name, held in memories.items():
            try:
                held.restore(told[name])
            except ValueError as error:
                raise ValueError(f"the sequences' state cannot be read: {name}: {error}") from None
