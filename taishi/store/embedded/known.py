"""Which event ids the segments hold: sorted runs of 128-bit digests, searched in the page cache.

Runs grow by halves, so there are about log2(n) of them; 16 bytes an event. They are only an index:
where one is missing or short, all are made again from the segments.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from taishi.store.embedded.segments import write_durably

#: Ids of events that are gone, beyond as many as there are, that are not worth making all again for.
_SPARE = 1_000_000

#: Shape (n, 2): the two halves of a digest.
Digests = NDArray[np.uint64]


def digests(ids: Iterable[str]) -> Digests:
    joined = b"".join(blake2b(one.encode(), digest_size=16).digest() for one in ids)
    return np.frombuffer(joined, dtype=np.uint64).reshape(-1, 2)


class Run:
    """One file: all first halves in order, then the second halves in the same order."""

    def __init__(self, path: Path, rows: int) -> None:
        self.path = path
        self.rows = rows
        both = np.memmap(path, dtype=np.uint64, mode="r", shape=(2, rows))
        self._first: NDArray[np.uint64] = both[0]
        self._second: NDArray[np.uint64] = both[1]

    @classmethod
    def write(cls, folder: Path, rows: Digests) -> "Run":
        ordered = np.ascontiguousarray(rows[np.argsort(rows[:, 0], kind="stable")].T)
        path = folder / f"{uuid4().hex}.ids"
        # Not `tofile`, which keeps silent about a disk that is full.
        write_durably(path, lambda temporary: temporary.write_bytes(ordered.data))
        return cls(path, len(rows))

    def contains(self, asked: Digests) -> NDArray[np.bool_]:
        at = np.minimum(np.searchsorted(self._first, asked[:, 0]), self.rows - 1)
        found: NDArray[np.bool_] = (self._first[at] == asked[:, 0]) & (self._second[at] == asked[:, 1])
        return found

    def all(self) -> Digests:
        return np.stack([self._first, self._second], axis=1)


class Known:
    """All runs of a store, largest first."""

    def __init__(self, folder: Path, runs: Sequence[Run]) -> None:
        self._folder = folder
        self.runs = tuple(runs)

    @classmethod
    def open(cls, folder: Path, listed: Sequence[tuple[str, int]], total: int) -> "Known | None":
        """None where the files hold less than `total` ids, or far more: then they must be made again. Those
        of events that were let go stay known for a while.
        """
        if not total <= sum(rows for _, rows in listed) <= 2 * total + _SPARE:
            return None
        paths = [(folder / name, rows) for name, rows in listed]
        if not all(path.is_file() and path.stat().st_size == rows * 16 for path, rows in paths):
            return None
        return cls(folder, [Run(path, rows) for path, rows in paths])

    def contains(self, asked: Digests) -> NDArray[np.bool_]:
        found = np.zeros(len(asked), dtype=np.bool_)
        for run in self.runs:
            found |= run.contains(asked)
        return found

    def adding(self, rows: Digests) -> "Known":
        """These ids too: written, but only counting once the manifest lists `runs`."""
        kept = list(self.runs)
        parts = [rows]
        while kept and kept[-1].rows < 2 * sum(len(part) for part in parts):
            parts.append(kept.pop().all())
        if not sum(len(part) for part in parts):
            return self
        return Known(self._folder, [*kept, Run.write(self._folder, np.concatenate(parts))])

    def listed(self) -> list[tuple[str, int]]:
        return [(run.path.name, run.rows) for run in self.runs]
