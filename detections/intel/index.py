"""Indicators as a set that millions of values can be held against."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from detections.public_suffix import split_name
from taishi.core.indicators import Indicator, IndicatorType, Report

Known = tuple[Indicator, Report | None]


@dataclass(frozen=True)
class Index:
    """Never changes. `generation` tells one from the next.

    Keys are (type, value). Networks are masks by family and length, so that an address costs one look a
    length. Names that are public suffixes are left out: everybody stands below them.
    """

    by_value: Mapping[tuple[IndicatorType, str], tuple[Known, ...]] = field(default_factory=dict)
    networks: Mapping[tuple[int, int], Mapping[int, str]] = field(default_factory=dict)
    types: frozenset[IndicatorType] = frozenset()
    generation: int = 0

    def __len__(self) -> int:
        return sum(map(len, self.by_value.values()))

    def wants(self, kind: IndicatorType, value: str) -> bool:
        """Whether an event that shows this is a hit."""
        if (kind, value) in self.by_value:
            return True
        return kind == "address" and bool(self.networks) and self._network(value) is not None

    def known(self, kind: IndicatorType, value: str) -> tuple[Known, ...]:
        """The indicators behind it."""
        found = self.by_value.get((kind, value), ())
        if kind == "address" and self.networks:
            network = self._network(value)
            found += self.by_value.get(("network", network), ()) if network else ()
        return found

    def _network(self, address: str) -> str | None:
        """The narrowest network with the address."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        number, most = int(parsed), parsed.max_prefixlen
        for (version, length), networks in self.networks.items():
            if version == parsed.version and (found := networks.get(number >> (most - length))):
                return found
        return None


def index(
    indicators: Iterable[Indicator], reports: Mapping[tuple[str, str], Report], generation: int = 0
) -> Index:
    """Of those that are sought. `reports` by source and id."""
    values: dict[tuple[IndicatorType, str], list[Known]] = defaultdict(list)
    networks: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for one in indicators:
        if not one.sought or (one.type == "domain" and _is_suffix(one.value)):
            continue
        values[one.type, one.value].append((one, reports.get((one.source, one.event))))
        if one.type == "network":
            net = ip_network(one.value)
            shift = net.max_prefixlen - net.prefixlen
            networks[net.version, net.prefixlen][int(net.network_address) >> shift] = one.value
    narrowest = dict(sorted(networks.items(), key=lambda item: -item[0][1]))
    types: set[IndicatorType] = {kind for kind, _ in values}
    if networks:
        types.add("address")
    return Index(
        {key: tuple(sorted(found, key=lambda known: known[0].id)) for key, found in values.items()},
        narrowest,
        frozenset(types),
        generation,
    )


def _is_suffix(name: str) -> bool:
    """Whether what stands one label below is registered there by anybody."""
    below = f"x.{name}"
    return split_name(below)[1] == below
