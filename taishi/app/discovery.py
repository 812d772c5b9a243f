"""Passive discovery: addresses inside are remembered as events show them; bounded, and kept in the state."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address

from msgspec.structs import replace

from enrichment.sightings import STALE, Fact, facts
from taishi.app.window import day_of
from taishi.core.addresses import network_of
from taishi.core.event import Batch
from taishi.core.ports import StateStore
from taishi.core.register_records import Exposure, Sighting, WatchedNetwork

#: Addresses remembered, registered ones too: some 40 MB when full. The one not seen for longest goes first.
ROOM = 65_536
#: Things remembered of one address, each kind.
_EACH = 12
#: Days on which a network was seen that are remembered.
_DAYS = 120
_LISTS = {"service": "services", "name": "names", "server": "servers", "banner": "banners", "mac": "macs"}


class Discovery:
    """`see` every batch, `flush` before the place up to which events were read is saved."""

    def __init__(self, state: StateStore, inside: Callable[[str], bool], room: int = ROOM) -> None:
        self._state, self._inside, self._room = state, inside, room
        self._known = {one.id: one for one in state.find(Sighting)}
        self._saved = dict(self._known)
        self._networks = {one.id: set(one.days) for one in state.find(WatchedNetwork)}
        self._changed: set[str] = set()
        self._days: set[str] = set()

    def see(self, batch: Batch) -> None:
        """Takes in what a batch tells; seeing it twice changes nothing."""
        for fact in facts(batch, self._ours):
            known = self._known.get(fact.address)
            if known is None and fact.what != "seen":
                continue
            after = _with(known, fact)
            if after != known:
                self._known[fact.address] = after
                self._changed.add(fact.address)
            if fact.what == "seen":
                self._note_day(fact)

    def flush(self, *, everything: bool = False) -> None:
        """Writes what is new; that an address was seen again is written every ten minutes, or with
        `everything`."""
        fresh = [
            self._known[key]
            for key in sorted(self._changed)
            if everything or _worth(self._saved.get(key), self._known[key])
        ]
        gone = self._too_many()
        networks = [
            WatchedNetwork(key, tuple(sorted(self._networks[key])[-_DAYS:])) for key in sorted(self._days)
        ]
        if not fresh and not gone and not networks:
            return
        with self._state.transaction():
            self._state.put(*(one for one in fresh if one.id not in gone), *networks)
            for key in gone:
                self._state.delete(Sighting, key)
        self._saved.update((one.id, one) for one in fresh)
        self._changed -= {one.id for one in fresh}
        self._days.clear()
        for key in gone:
            self._known.pop(key, None)
            self._saved.pop(key, None)
            self._changed.discard(key)

    def _ours(self, address: str) -> bool:
        return self._inside(address) and host_of_ours(address)

    def _note_day(self, fact: Fact) -> None:
        network, days = (
            network_of(fact.address),
            {day_of(fact.first).toordinal(), day_of(fact.last).toordinal()},
        )
        held = self._networks.setdefault(network, set())
        if not days <= held:
            held |= days
            self._days.add(network)

    def _too_many(self) -> set[str]:
        over = len(self._known) - self._room
        if over <= 0:
            return set()
        oldest = sorted(self._known.values(), key=lambda one: (one.last_seen, one.id))
        return {one.id for one in oldest[: over + self._room // 16]}


@lru_cache(maxsize=ROOM)
def host_of_ours(address: str) -> bool:
    """Whether one host has this address and not another one on the next link: no multicast, link-local,
    loopback, all-zero or broadcast address."""
    ip = ip_address(address)
    if ip.is_multicast or ip.is_link_local or ip.is_loopback or ip.is_unspecified:
        return False
    return not (ip.version == 4 and ip.packed[3] in (0, 255))


def _with(known: Sighting | None, fact: Fact) -> Sighting:
    if known is None:
        return Sighting(fact.address, fact.first, fact.last)
    if fact.what == "seen":
        first, last = min(known.first_seen, fact.first), max(known.last_seen, fact.last)
        return (
            known
            if (first, last) == (known.first_seen, known.last_seen)
            else replace(known, first_seen=first, last_seen=last)
        )
    if fact.what == "exposure":
        if any(one.service == fact.value for one in known.exposures) or len(known.exposures) >= _EACH:
            return known
        shown = Exposure(fact.value, fact.client, fact.first, fact.event_id)
        return replace(known, exposures=(*known.exposures, shown))
    name = _LISTS[fact.what]
    held: tuple[str, ...] = getattr(known, name)
    if fact.value in held or len(held) >= _EACH:
        return known
    return replace(known, **{name: tuple(sorted((*held, fact.value)))})


def _worth(saved: Sighting | None, now: Sighting) -> bool:
    if saved is None or now.last_seen - saved.last_seen >= STALE or now.first_seen < saved.first_seen:
        return True
    return replace(saved, last_seen=now.last_seen) != now
