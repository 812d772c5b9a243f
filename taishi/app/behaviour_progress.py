"""What behaviours remember, kept in a file beside the place up to which they have seen the stored events."""

import logging
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from detections.detector import Behaviours
from taishi.app.rule_progress import Reading
from taishi.core.ports import EventStore

log = logging.getLogger("taishi.pipeline")

_VERSION = 1
#: How often the file is written while events come; a kill costs reading the events since then again.
EVERY = timedelta(minutes=5)


class _Kept(msgspec.Struct, frozen=True):
    version: int
    cursor: str
    last: str
    networks: str
    state: bytes


@dataclass
class BehaviourMemory:
    """One file, replaced whole. `networks`: the ones that were ours; others begin with the first event."""

    path: Path
    networks: str
    due: datetime | None = None
    written: Reading = field(default_factory=Reading)

    def resume(self, behaviours: Behaviours, events: EventStore) -> Reading:
        """Where behaviours, new until now, go on; the beginning where nothing fits."""
        try:
            kept = msgspec.msgpack.decode(self.path.read_bytes(), type=_Kept)
            if (kept.version, kept.networks) != (_VERSION, self.networks) or events.get(kept.last) is None:
                return Reading()
            behaviours.restore(kept.state)
        except FileNotFoundError:
            return Reading()
        except (OSError, ValueError, msgspec.DecodeError) as error:
            log.warning("behaviours begin with the first stored event: %s: %s", self.path, error)
            return Reading()
        self.written = Reading(kept.cursor, kept.last)
        return self.written

    def keep(self, behaviours: Behaviours, place: Reading, now: datetime, *, at_once: bool = False) -> None:
        """Writes what is remembered at that place, if it is due. Durable on return."""
        if not place.last or place == self.written or not (at_once or self.due is None or now >= self.due):
            return
        kept = _Kept(_VERSION, place.cursor or "", place.last, self.networks, behaviours.snapshot())
        part = self.path.with_suffix(".part")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(msgspec.msgpack.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)
        self.written, self.due = place, now + EVERY
