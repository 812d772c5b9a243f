"""Every event of one store in another: same ids, same order, none doubled however often it is begun."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.store import open_event_store

#: Told how many events have been read.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Copied:
    """`stored` are new in the target, `known` were there. `source`, `target`: how many each holds afterwards;
    the target may have more of its own.
    """

    stored: int
    known: int
    source: int
    target: int

    @property
    def agree(self) -> bool:
        """Whether all that the source holds was read and is in the target."""
        return self.stored + self.known == self.source <= self.target


def copy_events(source: str, target: str, progress: Progress) -> Copied:
    """Both are URIs of stores. Raises Problem where one cannot be used, or both are the same."""
    if source == target:
        raise Problem(f"{target}: is the store itself; name another one")
    stored = known = 0
    with (
        closing(open_event_store(source, read_only=True)) as read,
        closing(open_event_store(target)) as written,
    ):
        cursor: str | None = None
        while True:
            batches, cursor = read.stream(cursor)
            if not batches:
                break
            done = written.write(batches)
            stored, known = stored + done.stored, known + done.duplicate
            progress(stored + known)
        return Copied(stored, known, read.count(Query()), written.count(Query()))
