"""When segments came, as far as a wrong clock of the machine lets one tell."""

from collections.abc import Sequence
from pathlib import Path

from taishi.store.embedded.manifest import Segment


def came(folder: Path, segments: Sequence[Segment]) -> dict[str, float]:
    """Seconds since 1970, by path: the latest of the time of its file, of files that came before it, and of
    its oldest event, which nobody saw before it happened. So what came while the clock stood years back is
    not taken for old.
    """
    found, latest = dict[str, float](), 0.0
    for one in sorted(segments, key=lambda segment: segment.first_number):
        latest = max(latest, (folder / one.path).stat().st_mtime)
        found[one.path] = max(latest, one.first_time / 1_000_000)
    return found
