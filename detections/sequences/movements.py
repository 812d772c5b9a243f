"""Personal data on its way: events that say what stood in them (`taishi.personal`), as who sent whom what."""

from collections.abc import Iterator
from dataclasses import dataclass

from detections.personal.found import ITEM_TYPES, ItemType
from detections.personal.grade import PERSONAL, SENSITIVE, TYPE_NAMES
from detections.personal.shield import STAMP, Counts, counted
from detections.sequences.recent import rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.text import Text

KINDS: frozenset[Kind] = frozenset({"http", "file", "other"})
#: Of people's data that are not sensitive, fewer than this in one event are contacts as every page has them.
MANY = 10


@dataclass(frozen=True, slots=True)
class Movement:
    """Read off the wire: `server` holds the data or takes them, `client` asked; `place` is what was asked;
    `outwards`: from server to client; `anybody`: in a session without a name."""

    event: Event
    counts: Counts
    server: str
    client: str
    place: str
    outwards: bool
    anybody: bool

    @property
    def sender(self) -> str:
        return self.server if self.outwards else self.client

    @property
    def receiver(self) -> str:
        return self.client if self.outwards else self.server

    @property
    def side(self) -> str:
        """Which side of the event is the server's."""
        return "source" if self.event.text("source.ip") == self.server else "destination"

    @property
    def sensitive(self) -> int:
        return sum(number for kind, number in self.counts.items() if kind in SENSITIVE)

    @property
    def people(self) -> int:
        """Values of persons; addresses of e-mail stand on every page."""
        return sum(number for kind, number in self.counts.items() if kind in PERSONAL and kind != "email")


def movements(batch: Batch) -> Iterator[Movement]:
    """Those of a batch that were seen on the wire and hold more than a few contacts."""
    if STAMP not in batch.rows.schema.names or batch.rows.column(STAMP).null_count == len(batch):
        return
    for event in rows_with_stamp(batch).events():
        found = _movement(event)
        if found is not None and (found.sensitive or found.people >= MANY):
            yield found


def rows_with_stamp(batch: Batch) -> Batch:
    return rows_with(batch, STAMP)


def _movement(event: Event) -> Movement | None:
    source, target = event.text("source.ip"), event.text("destination.ip")
    if event.text("event.module") != "pcap" or not source or not target:
        return None
    stamp = event.fields.get(STAMP)
    counts = counted(stamp if isinstance(stamp, list) else None)
    if event.kind == "http":
        sent = event.number("http.request.body.bytes") > event.number("http.response.body.bytes")
        place = f"{event.text('url.domain') or target}{_shape(event.text('url.path'))}"
        return Movement(event, counts, target, source, place, not sent, anybody=False)
    extra = event.extra
    if event.kind == "file":
        read, anybody = event.text("event.action") == "SMB::FILE_READ", bool(extra.get("smb.anybody"))
        share = event.text("file.path").removesuffix(event.text("file.name")).rstrip("\\")
        return Movement(event, counts, target, source, share, read, anybody)
    if event.text("event.action") == "database-reply":
        return Movement(event, counts, target, source, event.text("network.protocol"), True, anybody=False)
    return Movement(event, counts, source, target, "text", True, anybody=False)


def _shape(path: str) -> str:
    """An interface's path: parts that are numbers or masked are one and the same."""
    return "/".join(
        "*" if any(sign.isdigit() or sign == "*" for sign in part) else part for part in path.split("/")
    )


def told(counts: Counts) -> Text:
    """The kinds with their numbers."""
    kinds: list[ItemType] = [kind for kind in ITEM_TYPES if counts[kind]]
    return Text(
        "、".join(f"{TYPE_NAMES[kind].zh} {counts[kind]} 项" for kind in kinds),
        ", ".join(f"{TYPE_NAMES[kind].en.lower()}: {counts[kind]}" for kind in kinds),
    )
