"""Streams out: one whole, or parts in a folder that go on where they were."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec
import pyarrow.compute as pc

from taishi.app.desk import Desk
from taishi.app.exchange.cursor import Cursor
from taishi.app.exchange.envelope import (
    BEGIN,
    EVENT,
    FORMAT,
    MANIFEST,
    SIGNATURE,
    Begin,
    Line,
    Manifest,
    Signature,
    encode,
    encoded,
)
from taishi.app.exchange.event_lines import event_lines
from taishi.app.exchange.items import item_lines
from taishi.app.seal import Seal
from taishi.core import ecs
from taishi.core.event import Batch

#: Events in a part.
PART = 10_000
#: A clock may be set back a little: what changed so long before is sent once more.
OVERLAP = timedelta(minutes=5)


@dataclass(frozen=True)
class Part:
    """Some lines and the cursor after them."""

    lines: Sequence[Line]
    next: Cursor


class Sending:
    """What a platform sends. `types`: of `taishi.app.exchange.envelope`; `since`: only what happened, or
    changed, from then on."""

    def __init__(self, desk: Desk, types: frozenset[str], since: datetime | None = None) -> None:
        self._desk, self._types, self._since = desk, types, since
        self._seal: Seal = desk.seal
        self.source = f"urn:taishi:{self._seal.fingerprint[:16]}"

    def parts(self, begin: Cursor) -> Iterator[Part]:
        """From a cursor to the end: first alerts, letters and counts, then events."""
        now = self._desk.clock.now()
        after = Cursor(begin.events, begin.last, now - OVERLAP)
        if any(not name.startswith(EVENT) for name in self._types):
            found = item_lines(self._desk.state, self.source, begin.items or self._since, now)
            yield Part([line for line in found if line.type in self._types], after)
        if any(name.startswith(EVENT) for name in self._types):
            yield from self._events(after)

    def _events(self, begin: Cursor) -> Iterator[Part]:
        while True:
            batches, cursor = self._desk.events.stream(begin.events or None, PART)
            if not batches:
                return
            last = batches[-1].rows.column("event.id")[-1].as_py()
            begin = Cursor(cursor, last, begin.items)
            yield Part(list(self._lines(batches)), begin)

    def _lines(self, batches: Iterable[Batch]) -> Iterator[Line]:
        for batch in batches:
            if EVENT + batch.kind in self._types:
                yield from event_lines(self._later(batch), self.source)

    def _later(self, batch: Batch) -> Batch:
        if self._since is None:
            return batch
        return Batch(batch.kind, batch.rows.filter(pc.greater_equal(batch.rows["@timestamp"], self._since)))

    def write(self, parts: Iterable[Part], since: Cursor | None, file: BinaryIO) -> Manifest:
        """One whole stream, signed; the audit keeps that it was made."""
        created, sender = self._desk.clock.now(), self._desk.bureau.name
        began = str(since) if since else ""
        end, digest, counts = since or Cursor(), hashlib.sha256(), Counter[str]()

        def put(raw: bytes) -> None:
            digest.update(raw)
            file.write(raw)

        put(self._own("begin", BEGIN, Begin(FORMAT, sender, created, began, ecs.ECS_VERSION), created))
        for part in parts:
            for line in part.lines:
                counts[line.type] += 1
                put(encoded(line))
            end = part.next
        manifest = Manifest(
            format=FORMAT,
            sender=sender,
            created=created,
            since=began,
            next=str(end),
            lines=counts.total(),
            counts=dict(sorted(counts.items())),
            sha256=digest.hexdigest(),
            certificate=self._seal.fingerprint,
        )
        told_by = self._own("manifest", MANIFEST, manifest, created)
        signature = base64.b64encode(self._seal.sign(told_by.rstrip(b"\n"))).decode()
        signed = Signature(signature, self._seal.certificate_pem.decode())
        file.write(told_by + self._own("signature", SIGNATURE, signed, created))
        said = f"{manifest.lines} lines: {', '.join(manifest.counts)}"
        self._desk.state.decide(created, "system", "send", "exchange", manifest.sha256, said)
        return manifest

    def _own(self, id_: str, type_: str, data: msgspec.Struct, at: datetime) -> bytes:
        return encoded(Line(id_, self.source, type_, msgspec.Raw(encode(data)), time=at))

    def write_parts(self, begin: Cursor | None, folder: Path) -> Iterator[tuple[Path, Manifest]]:
        """Each part a whole stream in a file of its own; a part appears whole or not at all. Parts without a
        line are left out."""
        number = len(list(folder.glob("part-*.ndjson")))
        for part in self.parts(begin or Cursor()):
            if not part.lines:
                continue
            number += 1
            path = folder / f"part-{number:06}.ndjson"
            half = path.with_suffix(".part")
            with half.open("wb") as file:
                manifest = self.write([part], begin, file)
            half.replace(path)
            begin = part.next
            yield path, manifest
