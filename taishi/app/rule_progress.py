"""How far rules have come in the stored events, kept so that a restart goes on from there."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from taishi.core.event import Batch
from taishi.core.ports import EventStore, StateStore

_SETTING = "rules.progress"
_VERSION = 1


class RuleProgress(msgspec.Struct, frozen=True):
    """`cursor` of the event stream with `last`, the id of the event before it; `networks`: the ones that
    hits were made for; `watch`: the snapshot of what correlations remember."""

    cursor: str
    last: str
    networks: str
    watch: bytes
    version: int = _VERSION


def save(state: StateStore, progress: RuleProgress) -> None:
    """Durable on return."""
    state.set_setting(_SETTING, msgspec.json.encode(progress).decode())


def saved(state: StateStore, events: EventStore, networks: str) -> RuleProgress | None:
    """None where nothing was saved or it does not belong to these events and networks."""
    text = state.setting(_SETTING)
    if text is None:
        return None
    try:
        found = msgspec.json.decode(text, type=RuleProgress)
    except msgspec.DecodeError:
        return None
    same = found.version == _VERSION and found.networks == networks
    return found if same and events.get(found.last) is not None else None


@dataclass(frozen=True)
class Reading:
    """A place in the stored events: everything before it was seen. `last`: the id of the event before."""

    cursor: str | None = None
    last: str = ""

    def after(self, batches: Sequence[Batch], cursor: str) -> "Reading":
        """The place behind batches that were read from here."""
        if not batches:
            return Reading(cursor, self.last)
        return Reading(cursor, str(batches[-1].rows.column("event.id")[-1].as_py()))
