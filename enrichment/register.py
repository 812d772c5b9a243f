"""The unit and asset register: whose an address, domain or host was at a moment."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from taishi.core.ports import Ownership
from taishi.core.records import Asset, Unit

#: Distinct (address, epoch) answers kept: about 20 MB when full, more than a county's busy hour.
_REMEMBERED = 1 << 17
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Claim:
    """An asset's hold on a key, its span counted in epochs: since <= epoch < until."""

    since: int
    until: int
    owner: Ownership


class AddressRegister:
    """Fits `taishi.core.ports.Register`.

    The most exact claim wins: the longest prefix, the domain itself before its parents. Of two equal
    claims that both hold at the moment, the one with the later `valid_from` wins. `Ownership` gives
    the unit's and the asset's names; an asset's `unit` is the id of one of `units` (where it is none
    of them it is taken as the name itself).
    """

    def __init__(self, units: Iterable[Unit], assets: Iterable[Asset]) -> None:
        held = tuple(assets)
        self.changes: Sequence[datetime] = _changes(held)
        names = {unit.id: unit.name for unit in units}
        networks: dict[tuple[int, int], dict[int, list[_Claim]]] = defaultdict(lambda: defaultdict(list))
        self._names: dict[str, list[_Claim]] = defaultdict(list)
        for asset in sorted(held, key=lambda one: (one.valid_from or _BEGINNING, one.id), reverse=True):
            claim = self._claim(asset, names)
            network = _network(asset.value)
            if network is None:
                self._names[_plain_name(asset.value)].append(claim)
            else:
                shift = network.max_prefixlen - network.prefixlen
                networks[network.version, shift][int(network.network_address) >> shift].append(claim)
        self._prefixes = {
            version: [(shift, dict(table)) for (v, shift), table in sorted(networks.items()) if v == version]
            for version in (4, 6)
        }
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._decide)

    def owner(self, address: str, at: datetime) -> Ownership | None:
        """The owner of an IP address, domain or host name at that (zone-aware) moment."""
        return self._remembered(address, bisect_right(self.changes, at))

    def _claim(self, asset: Asset, names: dict[str, str]) -> _Claim:
        since = 0 if asset.valid_from is None else bisect_right(self.changes, asset.valid_from)
        until = len(self.changes) + 1
        if asset.valid_to is not None:
            until = bisect_right(self.changes, asset.valid_to)
        return _Claim(since, until, Ownership(names.get(asset.unit, asset.unit), asset.name or asset.value))

    def _decide(self, address: str, epoch: int) -> Ownership | None:
        for claims in self._candidates(address):
            for claim in claims:
                if claim.since <= epoch < claim.until:
                    return claim.owner
        return None

    def _candidates(self, address: str) -> Iterator[list[_Claim]]:
        """Claims on the address, the most exact first."""
        ip = _ip(address)
        if ip is None:
            for name in _name_and_parents(_plain_name(address)):
                yield self._names.get(name, [])
            return
        number = int(ip)
        for shift, table in self._prefixes[ip.version]:
            yield table.get(number >> shift, [])


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
