"""The unit and asset register: whose an address, domain or host was at a moment."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Lock
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from enrichment.segments import Numbers, Segments, dotted
from taishi.core.ports import Ownership
from taishi.core.records import Asset, Unit

#: Distinct (address, epoch) answers kept: about 20 MB when full, more than a county's busy hour.
_REMEMBERED = 1 << 17
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Claim:
    """An asset's hold on a key, its span counted in epochs: since <= epoch < until; `owner` is a code."""

    since: int
    until: int
    owner: int


class AddressRegister:
    """Safe for threads. Fits `taishi.core.ports.Register` and `enrichment.ownership.DatedRegister`.

    The most exact claim wins: the longest prefix, the domain itself before its parents; a URL claims its
    host where nothing else does. Of two equal claims that both hold at the moment, the one with the later
    `valid_from` wins. `Ownership` gives the unit's and the asset's names; an asset's `unit` is the id of
    one of `units` (where it is none of them it is taken as the name itself).
    """

    def __init__(self, units: Iterable[Unit], assets: Iterable[Asset]) -> None:
        held = tuple(assets)
        self.changes: Sequence[datetime] = _changes(held)
        self.owners: list[Ownership] = []
        names = {unit.id: unit.name for unit in units}
        networks: dict[IPv4Network | IPv6Network, list[_Claim]] = defaultdict(list)
        self._names: dict[str, list[_Claim]] = defaultdict(list)
        for asset in sorted(held, key=_order):
            claim = self._claim(asset, names)
            value = _host_of(asset.value) if asset.kind == "url" else asset.value
            network = _network(value)
            if network is None:
                self._names[_plain_name(value)].append(claim)
            else:
                networks[network].append(claim)
        self._short = {net: claims for net, claims in networks.items() if isinstance(net, IPv4Network)}
        self._segments = Segments(self._short)
        self._dated = np.array([self._changes_hands(of) for of in self._segments.holding], np.bool_)
        self._long = _by_length(networks)
        self._remember_nothing()

    def owner(self, address: str, at: datetime) -> Ownership | None:
        """The owner of an IP address, domain or host name at that (zone-aware) moment."""
        code = self._decide(self._key(address), bisect_right(self.changes, at))
        return None if code < 0 else self.owners[code]

    def keys(self, names: pa.Array) -> Numbers:
        """For each name what it is known by, for `codes`; -1 where nobody ever owned it."""
        places, numbers = dotted(names)
        found = np.full(len(names), -1, np.int64)
        found[places] = self._segments.of(numbers)
        if len(places) < len(names):
            others = np.setdiff1d(np.arange(len(names)), places, assume_unique=True)
            found[others] = [self._key(name) for name in names.take(pa.array(others)).to_pylist()]
        return found

    def codes(self, keys: Numbers, epochs: Numbers) -> Numbers:
        """The owner of each key after that many changes, as a place in `owners`; -1 where there is none."""
        dated = self._dated[np.minimum(keys, len(self._dated) - 1)] | (keys >= len(self._dated))
        pairs = (keys + 1) * (len(self.changes) + 1) + np.where(dated, epochs, 0)
        distinct, place = np.unique(pairs, return_inverse=True)
        owners = [self._decided(pair) for pair in distinct.tolist()]
        found: Numbers = np.array(owners, np.int64)[place]
        return found

    def _decided(self, pair: int) -> int:
        code = self._remembered.get(pair)
        if code is None:
            if len(self._remembered) > _REMEMBERED:
                self._remembered.clear()
            key, epoch = divmod(pair, len(self.changes) + 1)
            code = self._remembered[pair] = self._decide(key - 1, epoch)
        return code

    def _decide(self, key: int, epoch: int) -> int:
        for claims in self._claims(key):
            for claim in claims:
                if claim.since <= epoch < claim.until:
                    return claim.owner
        return -1

    def _claims(self, key: int) -> Iterable[Sequence[_Claim]]:
        """Claims on what a key stands for, the most exact first."""
        if key < 0:
            return ()
        holding = self._segments.holding
        if key < len(holding):
            return (self._short[network] for network in holding[key])
        return self._other[key - len(holding)]

    def _key(self, name: str) -> int:
        """A segment for an IPv4 address; behind those a place of its own for every other known name."""
        known = self._keyed.get(name)
        if known is not None:
            return known
        ip = _ip(name)
        if isinstance(ip, IPv4Address):
            return self._segments.at(int(ip))
        claims = tuple(filter(None, self._candidates(name, ip)))
        if not claims:
            return -1
        with self._lock:
            number = self._claimed.setdefault(tuple(map(id, claims)), len(self._other))
            if number == len(self._other):
                self._other.append(claims)
        if len(self._keyed) > _REMEMBERED:
            self._keyed.clear()
        self._keyed[name] = key = len(self._segments.holding) + number
        return key

    def _candidates(self, name: str, ip: IPv6Address | None) -> Iterator[Sequence[_Claim]]:
        """Claims on an IPv6 address, a domain or a host name, the most exact first."""
        if ip is None:
            for known in _name_and_parents(_plain_name(name)):
                yield self._names.get(known, [])
            return
        for shift, table in self._long:
            yield table.get(int(ip) >> shift, [])

    def _changes_hands(self, holding: Sequence[IPv4Network]) -> bool:
        """Whether it depends on the time whose a segment is."""
        always = (0, len(self.changes) + 1)
        claims = (claim for network in holding for claim in self._short[network])
        return any((claim.since, claim.until) != always for claim in claims)

    def _claim(self, asset: Asset, names: dict[str, str]) -> _Claim:
        since = 0 if asset.valid_from is None else bisect_right(self.changes, asset.valid_from)
        until = len(self.changes) + 1
        if asset.valid_to is not None:
            until = bisect_right(self.changes, asset.valid_to)
        self.owners.append(Ownership(names.get(asset.unit, asset.unit), asset.name or asset.value))
        return _Claim(since, until, len(self.owners) - 1)

    def _remember_nothing(self) -> None:
        self._lock = Lock()
        self._remembered: dict[int, int] = {}
        self._keyed: dict[str, int] = {}
        #: Distinct lists of claims: there are no more of them than names and prefixes nest.
        self._other: list[Sequence[Sequence[_Claim]]] = []
        self._claimed: dict[tuple[int, ...], int] = {}


def _order(asset: Asset) -> tuple[bool, float, str]:
    """URLs last; of the others the one that began last comes first."""
    began = asset.valid_from or _BEGINNING
    return asset.kind == "url", -(began - _BEGINNING).total_seconds(), asset.id


def _by_length(
    networks: Mapping[IPv4Network | IPv6Network, list[_Claim]],
) -> list[tuple[int, dict[int, list[_Claim]]]]:
    """IPv6 prefixes by how far an address is shifted to be one, the longest first."""
    tables: dict[int, dict[int, list[_Claim]]] = defaultdict(dict)
    for network, claims in networks.items():
        if isinstance(network, IPv6Network):
            shift = network.max_prefixlen - network.prefixlen
            tables[shift][int(network.network_address) >> shift] = claims
    return sorted(tables.items(), key=lambda one: one[0])


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or url


def _changes(assets: Sequence[Asset]) -> list[datetime]:
    """The moments at which some asset begins or ends; between two of them every answer stands."""
    spans = ((asset.valid_from, asset.valid_to) for asset in assets)
    return sorted({moment for span in spans for moment in span if moment is not None})


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        ip = ip_address(text)
    except ValueError:
        return None
    return ip if ip.version == 4 else ip.ipv4_mapped or ip


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _plain_name(name: str) -> str:
    return name.strip().rstrip(".").lower().removeprefix("*.")


def _name_and_parents(name: str) -> Iterator[str]:
    """The name, its parent domains of two labels and more, last the bare host name."""
    yield name
    labels = name.split(".")
    for start in range(1, len(labels) - 1):
        yield ".".join(labels[start:])
    if len(labels) > 1:
        yield labels[0]
