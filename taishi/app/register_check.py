"""The register against what was seen: who is not in it, who is silent, what systems lack."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Literal

from detections.register_gaps import GradedSystem, exposed, graded
from enrichment.guess import Guess, Guesser
from enrichment.vendors import device
from taishi.app.owning import CurrentRegister
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import TRIAGE, require_or_system
from taishi.app.window import day_of
from taishi.core.addresses import network_of
from taishi.core.clock import Clock
from taishi.core.ports import Find, StateStore
from taishi.core.records import Asset, Hit, SubjectKind, Unit
from taishi.core.register_records import IgnoredAddress, Sighting, WatchedNetwork
from taishi.core.text import Text

#: Seen within so many days counts; registered and not seen for as long is silent.
DAYS = 30
#: Of those days a network must have been seen on so many for silence in it to mean anything.
WATCHED_SHARE = 0.8
#: How long an address is left alone at most.
LONGEST_IGNORED = timedelta(days=365)

#: Addresses of IPv4 that one network card may have; one with more is a router's.
OF_ONE_HOST = 3

Silence = Literal["silent", "unwatched"]


@dataclass(frozen=True)
class Unregistered:
    """An address inside that is nobody's; `guess` is whose it may be, `device` who made its network card."""

    sighting: Sighting
    guess: Guess | None
    device: Text | None = None


@dataclass(frozen=True)
class Accuracy:
    """台账准确率: of the addresses seen in the last days those that have an owner."""

    seen: int
    registered: int

    @property
    def share(self) -> float | None:
        return self.registered / self.seen if self.seen else None


@dataclass(frozen=True)
class Silent:
    """A registered address of which nothing came. `unwatched`: no sensor sees its network, so that proves
    nothing."""

    asset: Asset
    last_seen: datetime | None
    state: Silence


class RegisterCheck:
    """Reads only, but for `ignore`."""

    def __init__(self, state: StateStore, clock: Clock, current: CurrentRegister) -> None:
        self._state, self._clock, self._current = state, clock, current

    def unregistered(self) -> list[Unregistered]:
        """Those that are nobody's now and not ignored, seen within the last days; the surest guess first."""
        now = self._clock.now()
        register = self._current.now().register
        recent = self._recent()
        ignored = {one.id for one in self._state.find(IgnoredAddress) if one.until > now}
        guesser, cards = Guesser(register, recent, now), _spoken_for(recent)
        found = [
            Unregistered(one, guesser.guess(one), _device(one, cards))
            for one in recent
            if one.id not in ignored and register.owner(one.id, now) is None
        ]
        return sorted(found, key=lambda one: (-(one.guess.confidence if one.guess else 0), one.sighting.id))

    def accuracy(self) -> Accuracy:
        now, register = self._clock.now(), self._current.now().register
        recent = self._recent()
        return Accuracy(len(recent), sum(register.owner(one.id, now) is not None for one in recent))

    def silent(self, days: int = DAYS) -> list[Silent]:
        """Registered addresses and networks of which nothing came in that many days."""
        now = self._clock.now()
        since = now - timedelta(days=days)
        seen = {one.id: one.last_seen for one in self._state.find(Sighting)}
        by_network = _by_number(seen)
        watched = self._watched(days)
        found = []
        for asset in self._state.find(Asset, Find({"kind": ("address", "cidr")}, order="value")):
            if (asset.valid_to and asset.valid_to <= now) or (asset.valid_from and asset.valid_from > since):
                continue
            last = _last_seen(asset, seen, by_network)
            if last is None or last < since:
                around = network_of(str(ip_network(asset.value).network_address))
                found.append(Silent(asset, last, "silent" if around in watched else "unwatched"))
        return found

    def hits(self) -> list[Hit]:
        """Of `gaps` what has not come up yet: each once an asset, whatever the day it is asked."""
        return [one for one in self.gaps() if self._is_new(one)]

    def gaps(self) -> list[Hit]:
        """What is a risk now: unregistered yet serving the outside, systems not filed or not assessed."""
        now = self._clock.now()
        register = self._current.now().register
        owned = (one for one in self._recent() if one.exposures and register.owner(one.id, now) is None)
        ignored = {one.id for one in self._state.find(IgnoredAddress) if one.until > now}
        return [*exposed(one for one in owned if one.id not in ignored), *graded(self._systems(now), now)]

    def ignore(self, address: str, until: datetime, by: str, why: str) -> IgnoredAddress:
        """The address is not asked about until then, a year at most. Raises Refusal without a reason."""
        why, now = needed_reason(why), self._clock.now()
        if not now < until <= now + LONGEST_IGNORED:
            raise Refusal("忽略期限须在一年以内的将来", "the end must lie ahead, a year at most")
        if self._state.get(Sighting, address) is None:
            raise Refusal(f"没有见过 {address}", f"{address} was never seen")
        with self._state.transaction():
            actor = require_or_system(self._state, by, *TRIAGE)
            ignored = IgnoredAddress(address, until, why, actor, now)
            self._state.put(ignored)
            self._state.decide(now, actor, "register.ignore", "address", address, f"until {until}", why)
        return ignored

    def _is_new(self, one: Hit) -> bool:
        """A lack that came up before keeps the moment at which it did, unless it says something else now."""
        known = self._state.get(Hit, one.id)
        return known is None or (known.summary, known.level) != (one.summary, one.level)

    def _recent(self) -> list[Sighting]:
        since = self._clock.now() - timedelta(days=DAYS)
        return self._state.find(Sighting, Find(between={"last_seen": (since, None)}))

    def _watched(self, days: int) -> frozenset[str]:
        """Networks seen on most of the last days and within the last two: a dead sensor tells nothing."""
        today = day_of(self._clock.now()).toordinal()
        span = range(today - days + 1, today + 1)
        return frozenset(
            one.id
            for one in self._state.find(WatchedNetwork)
            if sum(day in span for day in one.days) >= WATCHED_SHARE * days
            and any(day >= today - 1 for day in one.days)
        )

    def _systems(self, now: datetime) -> Iterable[GradedSystem]:
        """Systems that hold now, each once a unit: its highest grade, any filing, the last assessment."""
        names = {unit.id: unit.name for unit in self._state.find(Unit)}
        grouped: dict[tuple[str, str], list[Asset]] = {}
        for asset in self._state.find(Asset, Find(order="value")):
            holds = not (asset.valid_to and asset.valid_to <= now)
            name = asset.system or (asset.name if asset.grade else None)
            if holds and name and not (asset.valid_from and asset.valid_from > now):
                grouped.setdefault((asset.unit, name), []).append(asset)
        for (unit, name), assets in grouped.items():
            yield _system(names.get(unit, unit), name, assets)


def _spoken_for(seen: Iterable[Sighting]) -> Counter[str]:
    """How many addresses of IPv4 each hardware address spoke with (of IPv6 a host has many)."""
    return Counter(mac for one in seen if ":" not in one.id for mac in one.macs)


def _device(one: Sighting, cards: Counter[str]) -> Text | None:
    """Who made its card; None where only routers spoke with it."""
    own = (mac for mac in one.macs if cards[mac] <= OF_ONE_HOST)
    return next((made for mac in own if (made := device(mac))), None)


def _system(unit: str, name: str, assets: Sequence[Asset]) -> GradedSystem:
    first = min(assets, key=lambda one: (_KINDS.index(one.kind), one.value))
    kind: SubjectKind = "ip" if first.kind == "address" else "domain" if first.kind == "domain" else "host"
    return GradedSystem(
        unit,
        name,
        first.value if kind != "host" else name,
        kind,
        max((one.grade for one in assets if one.grade), default=None),
        next((one.filing for one in assets if one.filing), None),
        max((one.assessed for one in assets if one.assessed), default=None),
    )


_KINDS = ("address", "domain", "url", "system", "cidr")


def _by_number(seen: dict[str, datetime]) -> list[tuple[int, int, datetime]]:
    """Version, number and last time of each address, in order."""
    return sorted((ip_address(one).version, int(ip_address(one)), last) for one, last in seen.items())


def _last_seen(
    asset: Asset, seen: dict[str, datetime], by_number: list[tuple[int, int, datetime]]
) -> datetime | None:
    if asset.kind == "address":
        return seen.get(asset.value)
    network = ip_network(asset.value)
    begin = bisect_left(by_number, (network.version, int(network.network_address)))
    end = bisect_left(by_number, (network.version, int(network.broadcast_address) + 1))
    return max((last for _, _, last in by_number[begin:end]), default=None)
