"""What an embedded store holds at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.ports import Query
from taishi.store.embedded.manifest import Segment
from taishi.store.microseconds import microseconds


@dataclass(frozen=True)
class Snapshot:
    """What there was at one moment; never changes. `spooled` has a table for every kind with rows."""

    folder: Path
    segments: tuple[Segment, ...]
    spooled: Mapping[Kind, pa.Table]


def by_kind(
    snapshot: Snapshot, segments: Sequence[Segment], query: Query | None = None
) -> Iterator[tuple[Kind, list[Segment], pa.Table | None]]:
    """Each kind that is asked for and has rows."""
    for kind in ecs.KINDS:
        of, spooled = [one for one in segments if one.kind == kind], snapshot.spooled.get(kind)
        wanted = query is None or not query.kinds or kind in query.kinds
        if wanted and (of or spooled is not None):
            yield kind, of, spooled


def in_window(segments: Sequence[Segment], query: Query) -> list[Segment]:
    since = microseconds(query.since) if query.since else None
    until = microseconds(query.until) if query.until else None
    return [
        one
        for one in segments
        if (since is None or one.last_time >= since) and (until is None or one.first_time < until)
    ]
