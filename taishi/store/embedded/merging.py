"""Merging: many small segments of a quiet day become few."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from taishi.core.problems import Problem
from taishi.store.embedded.manifest import Manifest, Segment
from taishi.store.embedded.segments import read_segment, write_segment
from taishi.store.embedded.sketch import sketch_path

#: Segments below this many rows are small; so many of a kind side by side are merged.
SMALL_ROWS = 50_000
TOGETHER = 8
_MERGED_ROWS = 500_000
#: Seconds that a replaced file stays for readers that began before.
GRACE = 600.0


def merge_small(folder: Path, manifest: Manifest, now: datetime) -> None:
    for old in list(_due(manifest.listing().segments)):
        rows = pa.concat_tables(
            [read_segment(folder / one.path) for one in old], promote_options="default"
        ).combine_chunks()
        if rows.num_rows != sum(one.rows for one in old):
            raise Problem(f"{folder}: small segments hold fewer rows than listed; run `taishi doctor`")
        manifest.merge(old, write_segment(folder, old[0].kind, rows), now.timestamp())


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
            sketch_path(self._folder / path).unlink(missing_ok=True)
        if old:
            self._manifest.forget(old)


def _due(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    by_kind = sorted(segments, key=lambda one: (one.kind, one.first_number))
    for (_, small), run in groupby(by_kind, key=lambda one: (one.kind, one.rows < SMALL_ROWS)):
        neighbours = list(run)
        if not small or len(neighbours) < TOGETHER:
            continue
        together: list[Segment] = []
        for segment in neighbours:
            if together and sum(one.rows for one in together) + segment.rows > _MERGED_ROWS:
                break
            together.append(segment)
        if len(together) > 1:
            yield together
