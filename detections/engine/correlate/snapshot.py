"""A correlator's memory as bytes: what waits, and every group of every correlation."""

from collections.abc import Iterable

import msgspec

from detections.engine.correlate.budget import Budget
from detections.engine.correlate.closing import Closing
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.entry import Entry, Fact, Moment
from detections.engine.correlate.group import Episode, Group
from detections.engine.correlate.placing import Key
from detections.engine.correlate.rising import Rising
from taishi.core.ids import stable_id

#: Rises whenever what follows changes; an older snapshot is then refused, not misread.
VERSION = 1


class _Episode(msgspec.Struct, array_like=True):
    id: str
    #: Where its first entry stands in the window now; negative when it has left.
    start: int
    first: list[Moment]
    latest: list[Moment]
    count: int
    waiting: list[Entry]


class _Group(msgspec.Struct, array_like=True):
    key: Key
    since: int
    clipped: bool
    entries: list[Entry]
    episode: _Episode | None


class Saved(msgspec.Struct, array_like=True):
    """`groups` go by the fingerprint of their correlation. Counters: late, ahead, evicted, incomplete."""

    version: int
    watermark: int
    now: int
    counters: tuple[int, int, int, int]
    pending: list[Fact]
    groups: dict[str, list[_Group]]


def encode(
    watermark: int,
    now: int,
    counters: tuple[int, int, int, int],
    pending: list[Fact],
    watches: Iterable[Rising | Closing],
) -> bytes:
    groups = {fingerprint(watch.correlation): _groups(watch) for watch in watches}
    return msgspec.msgpack.encode(Saved(VERSION, watermark, now, counters, pending, groups))


def decode(data: bytes) -> Saved:
    """Raises ValueError where the bytes are no snapshot of this version."""
    try:
        saved = msgspec.msgpack.decode(data, type=Saved)
    except msgspec.DecodeError:
        raise ValueError("the correlations' state cannot be read; it begins anew") from None
    if saved.version != VERSION:
        raise ValueError(
            f"the correlations' state has version {saved.version}, not {VERSION}; it begins anew"
        )
    return saved


def load(watch: Rising | Closing, saved: Saved, budget: Budget) -> None:
    """Give a watch its groups back. The figures come from the entries."""
    for one in saved.groups.get(fingerprint(watch.correlation), ()):
        group = watch.open(one.key, one.since)
        group.clipped = one.clipped
        for entry in one.entries:
            group.window.add(entry)
        if one.episode is not None:
            group.episode = _resumed(one.episode, budget.evidence)


def fingerprint(correlation: Correlation) -> str:
    """The same as long as what is looked for is: title, level and the like may change."""
    parts = (
        correlation.id,
        correlation.type,
        correlation.rules,
        correlation.group_by,
        correlation.aliases,
        correlation.timespan,
        correlation.condition,
    )
    return stable_id(msgspec.json.encode(parts, order="deterministic"))


def _groups(watch: Rising | Closing) -> list[_Group]:
    return [
        _Group(key, group.since, group.clipped, list(group.window.entries), _saved(group))
        for key, group in watch.groups.items()
    ]


def _saved(group: Group) -> _Episode | None:
    episode = group.episode
    if episode is None:
        return None
    evidence = episode.evidence
    start = episode.start - group.window.oldest
    return _Episode(episode.id, start, *evidence.parts(), evidence.count, episode.waiting)


def _resumed(saved: _Episode, most: int) -> Episode:
    episode = Episode(saved.id, saved.start, most)
    episode.evidence.restore(saved.first, saved.latest, saved.count)
    episode.waiting = saved.waiting
    return episode
