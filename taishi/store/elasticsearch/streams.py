"""Data streams: whether they can be used, when they get a new backing index, when an old one goes."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.core.problems import Problem
from taishi.core.retention import LEAST_DAYS
from taishi.store.elasticsearch.server import Object, Server
from taishi.store.elasticsearch.templates import bring_up, stream

#: When a stream gets a new backing index: any one of these.
ROLL: Object = {"max_age": "30d", "max_primary_shard_size": "30gb"}
#: Seconds between looks at whether that is due.
_LOOK_S = 3600.0
#: Seconds after which a server that says nothing to a small question counts as away.
_QUICK_S = 5


@dataclass(frozen=True)
class Backing:
    """A backing index of a stream. `made`: by the server's clock, UTC."""

    name: str
    made: datetime


class Streams:
    """The data streams of one store."""

    def __init__(self, server: Server, prefix: str, keep: Mapping[Kind, timedelta]) -> None:
        """`keep`: how long events of a kind stay after they came; those not named stay for good."""
        self._server, self._prefix, self._keep = server, prefix, keep
        self._managed = False
        self._ready: set[Kind] = set()
        self._looked: float | None = None

    def name(self, kind: Kind) -> str:
        return stream(self._prefix, kind)

    def names(self, kinds: Sequence[Kind] = ()) -> list[str]:
        return [self.name(kind) for kind in kinds or ecs.KINDS]

    def kind(self, index: str) -> Kind:
        """Whose backing index that is: `.ds-STREAM-2026.12.01-000001`."""
        named = index.removeprefix(".ds-").rsplit("-", 2)[0]
        return next(kind for kind in ecs.KINDS if self.name(kind) == named)

    def look(self) -> None:
        """Whether the streams can be used, and whether the server ends them by itself. Raises Problem, also
        where an index of an older Taishi has a stream's name.
        """
        with self._server.asked("looking for streams") as client:
            quick = client.options(request_timeout=_QUICK_S)
            found = quick.indices.resolve_index(name=f"{self._prefix}-*")
            status = client.options(ignore_status=[400, 403, 404, 405]).ilm.get_status().meta.status
        self._managed = status == 200
        plain = {one["name"] for one in found["indices"]} & set(self.names())
        if plain:
            raise Problem(
                f"{self._server.url}: {min(plain)} is an index of an older Taishi, no data stream; name"
                f" another prefix, as in …/{self._prefix}2 (how its events come over: docs/elasticsearch.md)"
            )

    def make_ready(self, kind: Kind) -> None:
        """What a kind's stream needs on the server, before its first event."""
        if kind in self._ready:
            return
        if self._managed:
            with self._server.asked("putting the lifecycle policy") as client:
                client.ilm.put_lifecycle(name=self.name(kind), policy=_policy(self._keep.get(kind)))
        bring_up(self._server, self._prefix, kind, self._managed)
        self._ready.add(kind)

    def maintain(self, now: datetime) -> None:
        """New backing indices and the end of old ones, where the server does not see to that itself."""
        if self._managed or (self._looked is not None and time.monotonic() - self._looked < _LOOK_S):
            return
        backing = self._backing()
        for name in backing:
            with self._server.asked(f"rolling {name} over") as client:
                client.indices.rollover(alias=name, conditions=ROLL)
        self._expire(self._backing(), now)
        self._looked = time.monotonic()

    def retire(self, kind: Kind, before: datetime) -> int:
        """Removes the backing indices of a kind that took their last event before then, never one that took
        one in the last LEAST_DAYS by the server's clock. Gives how many events went. Raises Problem.
        """
        backing = self._backing()
        legal = _server_time(backing, datetime.now(UTC)) - timedelta(days=LEAST_DAYS)
        return sum(map(self._remove, expired(backing.get(self.name(kind), ()), min(before, legal))))

    def _remove(self, old: Backing) -> int:
        with self._server.asked(f"removing {old.name}") as client:
            events = int(client.count(index=old.name, ignore_unavailable=True)["count"])
            client.indices.delete(index=old.name, ignore_unavailable=True)
        return events

    def _expire(self, backing: Mapping[str, Sequence[Backing]], now: datetime) -> None:
        for kind, keep in self._keep.items():
            for old in expired(backing.get(self.name(kind), ()), _server_time(backing, now) - keep):
                self._remove(old)

    def _backing(self) -> dict[str, list[Backing]]:
        """Every stream there is with its backing indices, oldest first."""
        with self._server.asked("looking for streams") as client:
            found = client.indices.resolve_index(name=f"{self._prefix}-*")["data_streams"]
            ours = {one["name"]: one["backing_indices"] for one in found if one["name"] in self.names()}
            if not ours:
                return {}
            told = client.indices.get_settings(index=list(ours), name="index.creation_date").body
        made = {name: int(one["settings"]["index"]["creation_date"]) for name, one in told.items()}
        return {name: list(_dated(indices, made)) for name, indices in ours.items()}


def expired(backing: Sequence[Backing], before: datetime) -> list[Backing]:
    """Those whose last event came before then: when the next one was made, nothing came any more. The one
    that is written to stays.
    """
    return [old for old, after in pairwise(backing) if after.made < before]


def _server_time(backing: Mapping[str, Sequence[Backing]], now: datetime) -> datetime:
    """How late it is at least by the server's clock: a clock of ours that runs ahead removes nothing."""
    return min(now, max(one.made for some in backing.values() for one in some)) if backing else now


def _dated(indices: Sequence[str], made: Mapping[str, int]) -> Iterator[Backing]:
    for name in indices:
        yield Backing(name, datetime.fromtimestamp(made[name] / 1000, UTC))


def _policy(keep: timedelta | None) -> dict[str, Json]:
    phases: dict[str, Json] = {"hot": {"actions": {"rollover": cast(Json, dict(ROLL))}}}
    if keep is not None:
        phases["delete"] = {"min_age": f"{keep.days}d", "actions": {"delete": {}}}
    return {"phases": phases}
