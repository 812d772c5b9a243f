"""Merging: many small segments become few, while others go on writing and reading.

Neighbours that are each below a size become one of at least that size; sizes grow eightfold, so a row is
written again once a size and no more.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from taishi.core.ecs import KINDS
from taishi.core.problems import Problem
from taishi.store.durable_files import sync_folder
from taishi.store.embedded.folder import Folder
from taishi.store.embedded.manifest import Manifest, Segment
from taishi.store.embedded.segments import beside, read_segment, write_segment

#: Rows. What is larger than the last is merged no more: both sides of a merge are in memory at once.
SIZES = tuple(64 * 8**n for n in range(5))
#: Seconds that a replaced file stays for readers that began before.
GRACE = 600.0


def due(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """For each kind, neighbours in the order of acknowledgement that are to become one segment."""
    ordered = sorted(segments, key=lambda one: one.first_number)
    for kind in KINDS:
        of = [one for one in ordered if one.kind == kind]
        found = next((run for size in SIZES for run in _runs(of, size)), None)
        if found:
            yield found


def _runs(ordered: Sequence[Segment], size: int) -> Iterator[list[Segment]]:
    """Smaller neighbours that make up the size together, no more of them than that takes."""
    for small, run in groupby(ordered, key=lambda one: one.rows < size):
        together: list[Segment] = []
        for segment in run if small else ():
            together.append(segment)
            if sum(one.rows for one in together) >= size:
                yield together
                together = []


def write_merged(folder: Folder, old: Sequence[Segment]) -> Segment:
    """One segment of all their rows, which lies apart until `put_in_place`. Raises Problem, OSError."""
    clear(folder)
    place = folder.merging.segments
    place.mkdir(parents=True)
    rows = pa.concat_tables(
        [read_segment(folder.segments / one.path) for one in old], promote_options="default"
    ).combine_chunks()
    if rows.num_rows != sum(one.rows for one in old):
        raise Problem(f"{folder.segments}: hold fewer rows than listed; run `taishi doctor`")
    return write_segment(place, old[0].kind, rows)


def put_in_place(folder: Folder, new: Segment) -> None:
    """Durable; the manifest does not list it yet."""
    made, path = folder.merging.segments / new.path, folder.segments / new.path
    for one, other in zip(beside(made), beside(path), strict=True):
        one.replace(other)
    made.replace(path)
    sync_folder(folder.segments)


def clear(folder: Folder) -> None:
    """Removes what a merge left that did not come to its end."""
    shutil.rmtree(folder.merging.root, ignore_errors=True)


class Replaced:
    """Files that merging left behind, by how long this process has known them: nobody sets that clock."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder, self._manifest = folder, manifest
        self._since: dict[str, float] = {}

    def remove_old(self, now: float) -> None:
        """`now`: seconds of a monotonic clock."""
        self._since = {path: self._since.get(path, now) for path in self._manifest.replaced()}
        old = [path for path, since in self._since.items() if now - since >= GRACE]
        for path in old:
            (self._folder / path).unlink(missing_ok=True)
            for one in beside(self._folder / path):
                one.unlink(missing_ok=True)
        if old:
            self._manifest.forget(old)
