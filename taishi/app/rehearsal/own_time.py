"""A rehearsal's directory has a clock of its own, which stands where the story has come to."""

from datetime import datetime

from taishi.core.clock import Clock, FixedClock, rfc3339
from taishi.core.ports import StateStore

_SETTING = "rehearsal.now"


def own_clock(state: StateStore) -> Clock | None:
    """Of a directory that a rehearsal left; None for every other."""
    at = state.setting(_SETTING)
    return FixedClock(datetime.fromisoformat(at)) if at else None


def keep_time(state: StateStore, at: datetime) -> None:
    state.set_setting(_SETTING, rfc3339(at))
