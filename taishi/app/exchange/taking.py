"""Streams in: what is new is kept, what is known adds nothing; each stream once, in any order."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from detections.personal.shield import masked_text, shield
from taishi.app.desk import Desk
from taishi.app.exchange.checking import Checked, item_lines
from taishi.app.exchange.envelope import ALL_TYPES, EVENT, Line, decoded
from taishi.app.exchange.event_lines import Rows
from taishi.app.exchange.items import check_data
from taishi.app.export import event_line
from taishi.core.event import Batch
from taishi.core.exchange_records import ReceivedItem, TakenStream
from taishi.core.ids import stable_id
from taishi.core.ledger import EXCHANGE, Delivery
from taishi.core.ports import Written
from taishi.store.durable_files import write_whole

#: Events, or other items, that are written at once.
_AT_ONCE = 5_000
#: Takes events in, as they were sent, and says what became of them; those it does not count are handed on.
WriteEvents = Callable[[Iterable[Batch]], Written]


def into_store(desk: Desk) -> WriteEvents:
    """As every event that comes in: masked, and owned by whom this platform's register says."""

    def write(batches: Iterable[Batch]) -> Written:
        stamp = desk.stamping()
        return desk.events.write((stamp(shield(batch)) for batch in batches), Delivery(EXCHANGE))

    return write


def into_inbox(inbox: Path) -> WriteEvents:
    """For the service that holds the store: a file that it takes in as any other. The same events make the
    same file."""

    def write(batches: Iterable[Batch]) -> Written:
        body = b"".join(event_line(event) + b"\n" for batch in batches for event in batch.events())
        write_whole(inbox / f"exchange-{stable_id(body)}.jsonl", body)
        return Written(0)

    return write


@dataclass
class Taken:
    """What became of the lines of one stream; `again`: it was taken before, so nothing was done. `handed`:
    events given to a running service, which stores what is new among them."""

    path: Path
    again: bool = False
    stored: int = 0
    duplicate: int = 0
    handed: int = 0
    items: int = 0
    refused: list[tuple[int, str, bytes]] = field(default_factory=list, repr=False)


class Taking:
    """One at a time. Killed at any point and begun again, it comes to the same end."""

    def __init__(self, desk: Desk, write: WriteEvents) -> None:
        self._desk, self._write = desk, write

    def take(self, stream: Checked) -> Taken:
        """All of a stream that was checked. Lines that cannot be used go to quarantine with the reason."""
        taken = Taken(stream.path)
        if self._desk.state.get(TakenStream, stream.manifest.sha256) is not None:
            taken.again = True
            return taken
        rows, items = Rows(), list[Line]()
        for number, raw in item_lines(stream.path):
            try:
                self._sort(decoded(raw), stream.source, rows, items)
            except ValueError as error:
                taken.refused.append((number, str(error), raw))
            if len(rows) >= _AT_ONCE:
                self._keep_events(rows, taken)
            if len(items) >= _AT_ONCE:
                self._keep_items(items, taken)
        self._keep_events(rows, taken)
        self._keep_items(items, taken)
        self._keep_refused(stream, taken)
        receipt = self._receipt(stream, taken)
        with self._desk.state.transaction():
            self._desk.state.put(receipt)
            said = f"{stream.manifest.lines} lines of {receipt.sender_name}"
            self._desk.state.decide(receipt.taken_at, "system", "take", "exchange", receipt.id, said)
        return taken

    @staticmethod
    def _sort(line: Line, source: str, rows: Rows, items: list[Line]) -> None:
        if line.source != source:
            raise ValueError(f"is of {line.source}, not of the sender")
        if line.type.startswith(EVENT):
            rows.add(line)
        elif line.type not in ALL_TYPES:
            raise ValueError(f"{line.type} is not known here")
        elif line.revision is None:
            raise ValueError("has no revision")
        else:
            check_data(line)
            items.append(line)

    def _keep_events(self, rows: Rows, taken: Taken) -> None:
        if count := len(rows):
            written = self._write(rows.take())
            taken.stored += written.stored
            taken.duplicate += written.duplicate
            taken.handed += count - written.stored - written.duplicate

    def _keep_items(self, lines: list[Line], taken: Taken) -> None:
        """Of one item the latest revision stays, in whatever order they come."""
        taken.items += len(lines)
        state, now = self._desk.state, self._desk.clock.now()
        with state.transaction():
            for line in lines:
                assert line.revision is not None  # noqa: S101 - `_sort` has seen to it
                id_ = stable_id(line.source, line.type, line.id)
                known = state.get(ReceivedItem, id_)
                if known is None or known.revision < line.revision:
                    data = bytes(line.data).decode()
                    state.put(ReceivedItem(id_, line.source, line.type, line.id, line.revision, now, data))
        lines.clear()

    def _keep_refused(self, stream: Checked, taken: Taken) -> None:
        """One JSON object a line, for whoever asks the sender to mend it."""
        if not taken.refused:
            return
        folder = self._desk.data / "quarantine"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"exchange.{stream.manifest.sha256[:8]}.jsonl").open("w", encoding="utf-8") as file:
            for number, reason, raw in taken.refused:
                told, _ = masked_text(raw.decode("utf-8", "backslashreplace"))
                line = {"path": stream.path.name, "record": number, "reason": reason, "raw": told}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _receipt(self, stream: Checked, taken: Taken) -> TakenStream:
        told = stream.manifest
        return TakenStream(
            id=told.sha256,
            sender=stream.source,
            sender_name=told.sender,
            since=told.since,
            next=told.next,
            created=told.created,
            taken_at=self._desk.clock.now(),
            counts=told.counts,
            stored=taken.stored,
            duplicate=taken.duplicate,
            refused=len(taken.refused),
        )
