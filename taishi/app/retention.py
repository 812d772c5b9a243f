"""How long events are kept: by kind, for ever where nobody said otherwise, never shorter than the law asks.

Cybersecurity Law of the PRC, article 21 (3): network logs at least six months, here 184 days. Records of
personal data that was handed on (exchange, letters, their delivery) stand in the state, of which nothing is
ever removed: longer than the three years of PIPL, article 56.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import ADMIN, SYSTEM, require
from taishi.core.clock import Clock
from taishi.core.ecs import KINDS, Kind
from taishi.core.ports import EventStore, Retiring, StateStore
from taishi.core.problems import Problem
from taishi.core.retention import LEAST_DAYS, MOST_DAYS

log = logging.getLogger("taishi.retention")

_KEEP, _LOOKED = "retention.days", "retention.looked"
#: How often old events are let go.
_EVERY = timedelta(hours=20)
#: Nobody looked for longer: the machine stood still, or its clock was set. An administrator says which.
_JUMP = timedelta(days=31)


class _Looked(msgspec.Struct, frozen=True):
    at: datetime
    paused: bool = False


class Retention:
    """Reads and writes how long each kind is kept, and lets old events go once a day."""

    def __init__(self, state: StateStore, events: EventStore, clock: Clock) -> None:
        self._state, self._events, self._clock = state, events, clock

    def days(self) -> Mapping[Kind, int]:
        """Of kinds that are not kept for ever."""
        text = self._state.setting(_KEEP)
        return msgspec.json.decode(text, type=dict[Kind, int]) if text else {}

    def keep(self, kinds: tuple[Kind, ...], days: int | None, by: str, why: str) -> None:
        """`days` None: for ever. Also says that the clock is right. Raises Refusal for a span that is too
        short, Problem where the store cannot let events go.
        """
        if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
            raise Refusal(
                f"{days} 天：事件至少保留 {LEAST_DAYS} 天（网络安全法第二十一条），至多 {MOST_DAYS} 天",
                f"{days} days: keep events {LEAST_DAYS} days at the least (Cybersecurity Law, article 21: six"
                f" months), {MOST_DAYS} at the most",
            )
        if not isinstance(self._events, Retiring):
            raise Problem("this event store lets nothing go by kind")
        with self._state.transaction():
            person = require(self._state, by, *ADMIN)
            kept = {kind: one for kind, one in self.days().items() if kind not in kinds}
            kept |= dict.fromkeys(kinds, days) if days is not None else {}
            self._state.set_setting(_KEEP, msgspec.json.encode(kept).decode())
            now = self._clock.now()
            self._state.set_setting(_LOOKED, msgspec.json.encode(_Looked(now - _EVERY)).decode())
            said = f"{days} days" if days is not None else "for ever"
            self._state.decide(now, person.id, "keep", "events", " ".join(kinds), said, needed_reason(why))

    def paused(self) -> bool:
        """Whether an administrator is to say that the clock is right before anything more goes."""
        looked = self._looked()
        return looked is not None and looked.paused and bool(self.days())

    def retire(self) -> Mapping[Kind, int]:
        """Lets go what is old enough, at most once a day; how many events of each kind went."""
        days, now, looked = self.days(), self._clock.now(), self._looked()
        if not days or not isinstance(self._events, Retiring):
            return {}
        gap = now - looked.at if looked is not None else _EVERY
        if (looked is not None and looked.paused) or -_JUMP <= gap < _EVERY:
            return {}
        jumped = abs(gap) > _JUMP
        self._state.set_setting(_LOOKED, msgspec.json.encode(_Looked(now, jumped)).decode())
        if jumped:
            log.error("retention: nobody looked for long, or the clock was set: nothing goes until confirmed")
            return {}
        gone = {kind: self._retired(kind, now - timedelta(days=kept)) for kind, kept in days.items()}
        return {kind: count for kind, count in gone.items() if count}

    def _retired(self, kind: Kind, before: datetime) -> int:
        assert isinstance(self._events, Retiring)  # noqa: S101 - looked at by `retire`
        count = self._events.retire(kind, before)
        if count:
            said = f"{count} events that came before {before:%Y-%m-%d}"
            self._state.decide(self._clock.now(), SYSTEM, "retire", "events", kind, said)
        return count

    def _looked(self) -> _Looked | None:
        text = self._state.setting(_LOOKED)
        return msgspec.json.decode(text, type=_Looked) if text else None


def kinds_named(name: str) -> tuple[Kind, ...]:
    """One kind, or `all`. Raises Problem."""
    if name == "all":
        return KINDS
    for kind in KINDS:
        if kind == name:
            return (kind,)
    raise Problem(f"{name}: is no kind of events; there are: all, {', '.join(KINDS)}")
