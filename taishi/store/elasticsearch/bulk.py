"""Bulk requests: what the server has no room for now is sent again, item by item what it refuses for good."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from taishi.core.event import Event
from taishi.core.problems import Problem
from taishi.store.elasticsearch.documents import document, document_id
from taishi.store.elasticsearch.server import LATER, Away, Server

log = logging.getLogger("taishi.store")

#: Bytes of one request; the server's own limit is 100 MB (`http.max_content_length`).
_BYTES = 8 << 20
#: Seconds to wait before what the server had no room for is sent again; after the last it counts as away.
_WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
_CREATED, _THERE, _TOO_LARGE = 201, 409, 413


@dataclass(frozen=True)
class Numbered:
    """An event with its place in the order of acknowledgement and the stream that it goes to."""

    event: Event
    number: int
    stream: str


@dataclass
class Landed:
    """What became of them: `created` in which index, by document id; the rest was there already."""

    created: dict[str, str] = field(default_factory=dict)


class Bulk:
    """Creates documents, never replaces one."""

    def __init__(self, server: Server, sleep: Callable[[float], None] = time.sleep) -> None:
        self._server = server
        self._sleep = sleep

    def create(self, events: Sequence[Numbered]) -> Landed:
        """All are created or there already on return, durable and searchable. Raises Away, Problem."""
        landed = Landed()
        rest = list(events)
        size = _BYTES
        for wait in (*_WAITS, None):
            rest = self._round(rest, size, landed)
            size //= 2  # it may lack the memory for as many at once
            if not rest:
                return landed
            if wait is not None:
                self._sleep(wait)
        raise Away(f"{self._server.url}: has no room for {len(rest)} events; is its disk full, or its queue?")

    def _round(self, events: Sequence[Numbered], size: int, landed: Landed) -> list[Numbered]:
        """Sends them once, in requests of about `size` bytes; gives those to send again."""
        again: list[Numbered] = []
        for part in _parts(events, size):
            again += self._send([one for one, _ in part], [body for _, body in part], landed)
        return again

    def _send(self, events: Sequence[Numbered], bodies: Sequence[bytes], landed: Landed) -> list[Numbered]:
        operations: list[Mapping[str, object] | bytes] = []
        for one, body in zip(events, bodies, strict=True):
            name = document_id(one.event.id)
            operations += ({"create": {"_index": one.stream, "_id": name}}, body)
        with self._server.asked("storing events") as client:
            answer = client.options(ignore_status=[429, _TOO_LARGE]).bulk(
                operations=operations,  # type: ignore[arg-type]  # the client takes encoded documents too
                refresh=True,
            )
        if answer.meta.status == _TOO_LARGE and len(events) > 1:
            half = len(events) // 2
            first = self._send(events[:half], bodies[:half], landed)
            return first + self._send(events[half:], bodies[half:], landed)
        if "items" not in answer.body:
            return self._none_taken(events, answer.meta.status)
        again = []
        for one, item in zip(events, answer["items"], strict=True):
            result = item["create"]
            if result["status"] == _CREATED:
                landed.created[result["_id"]] = result["_index"]
            elif result["status"] in LATER:
                again.append(one)
            elif result["status"] != _THERE:
                self._plainly(one, str(result["error"].get("reason")), landed)
        return again

    def _none_taken(self, events: Sequence[Numbered], status: int) -> list[Numbered]:
        if status == _TOO_LARGE:
            raise Problem(
                f"{self._server.url}: event {events[0].event.id} is larger than the server takes"
                " (http.max_content_length); allow more there"
            )
        return list(events)

    def _plainly(self, one: Numbered, reason: str, landed: Landed) -> None:
        """An event is kept though the mapping takes one of its source's own fields for something else."""
        name = document_id(one.event.id)
        log.warning("event %s: own fields are not indexed by name (%s)", one.event.id, reason[:200])
        with self._server.asked(f"storing event {one.event.id}") as client:
            answer = client.options(ignore_status=_THERE).create(
                index=one.stream,
                id=name,
                document=document(one.event, one.number, names=False),  # type: ignore[arg-type]  # JSON as it is
                refresh=True,
            )
        if answer.meta.status == _CREATED:
            landed.created[name] = answer["_index"]


def _parts(events: Sequence[Numbered], most: int) -> Iterator[list[tuple[Numbered, bytes]]]:
    part: list[tuple[Numbered, bytes]] = []
    size = 0
    for one in events:
        body = document(one.event, one.number)
        if part and size + len(body) > most:
            yield part
            part, size = [], 0
        part.append((one, body))
        size += len(body)
    if part:
        yield part
