"""When rules look at which events: when they came, and again where one has shown late among them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgspec

from taishi.app.scheduled_rules.looking import Looking
from taishi.core.ports import StateStore
from taishi.core.records import Hit
from taishi.core.searching import RuleSearch, Slice

_SETTING = "rules.searched"
#: Seconds between looks, and for which an event may show late under its number: longer than a request that
#: stores events waits for its answer, and than an index waits until it shows what it has.
EVERY_S, LATE_S = 60.0, 120.0
#: Numbers that are looked at at once; where there are more the next look does not wait.
_NUMBERS = 50_000


class _Saved(msgspec.Struct, frozen=True):
    """Everything up to a number was looked at, late ones and all: the event that had the number, and the
    networks that hits were made for."""

    upto: int
    last: str
    networks: str


@dataclass(frozen=True)
class _Looked:
    """A slice as it was when it was looked at first, and when that was."""

    at: float
    within: Slice


@dataclass(frozen=True)
class _Place:
    """Up to which number rules have looked `once`, and up to which for good; slices between the two, oldest
    first, which may still grow; the time of the next look."""

    once: int
    done: int
    growing: tuple[_Looked, ...] = ()
    next: float = 0.0


class ScheduledRules:
    """`take`, then `judged` once what was taken is judged. Killed in between, it finds the same again, under
    the same ids; so it does in a slice that has grown. Single-threaded."""

    def __init__(
        self,
        state: StateStore,
        search: RuleSearch,
        looking: Looking,
        networks: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`networks`: a word for the ones that hits are made for; all begins anew where it is another, or the
        store is."""
        self._state, self._search, self.networks, self._clock = state, search, networks, clock
        self.looking = looking
        #: None until the store was asked.
        self._place: _Place | None = None
        self._then: _Place | None = None

    def renew(self, looking: Looking) -> None:
        """Other rules from now on."""
        self.looking = looking

    def take(self) -> Iterator[Hit]:
        """Hits of slices whose time has come. Raises Problem where the store does not answer; what was given
        before holds, and comes again."""
        self._then = None
        now = self._clock()
        place = self._place = self._place or self._begin()
        for one in place.growing:
            if one.at <= now - LATE_S:
                yield from self._again(one.within)
                place = replace(place, done=one.within.upto, growing=place.growing[1:])
        if now >= place.next:
            within = self._search.next(place.once, _NUMBERS)
            if within is not None:
                yield from self.looking.look(within)
                place = replace(place, once=within.upto, growing=(*place.growing, _Looked(now, within)))
            more = within is not None and self._search.next(within.upto, 1) is not None
            place = replace(place, next=now if more else now + EVERY_S)
        self._then = place

    def _again(self, before: Slice) -> Iterator[Hit]:
        now = self._search.between(before.after, before.upto)
        if now is not None and (now.kinds, now.total) != (before.kinds, before.total):
            yield from self.looking.look(now)

    def judged(self) -> None:
        """What was taken last is judged: the next goes on behind it, also after a kill. Raises Problem."""
        place, then = self._place, self._then
        if place is not None and then is not None:
            if then.done != place.done:
                self._save(then.done)
            self._place, self._then = then, None

    def _begin(self) -> _Place:
        try:
            saved = msgspec.json.decode(self._state.setting(_SETTING) or "null", type=_Saved | None)
        except msgspec.DecodeError:
            saved = None
        same = saved is not None and saved.networks == self.networks
        if saved is None or not same or self._event(saved.upto) != saved.last:
            return _Place(0, 0)
        return _Place(saved.upto, saved.upto)

    def _save(self, upto: int) -> None:
        last = self._event(upto)
        if last is not None:  # gone meanwhile: the next place is as good
            saved = _Saved(upto, last, self.networks)
            self._state.set_setting(_SETTING, msgspec.json.encode(saved).decode())

    def _event(self, number: int) -> str | None:
        """The id of the event with that number."""
        within = self._search.between(number - 1, number)
        batches = self._search.everything(within, set(within.kinds)) if within is not None else ()
        return next((event.id for batch in batches for event in batch.events()), None)
