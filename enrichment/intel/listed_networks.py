"""The networks of a list: whether they hold an address or another network."""

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network


class ListedNetworks:
    """Addresses and CIDRs; a look costs as many steps as there are different lengths."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Raises ValueError where an entry with a slash is no network."""
        self._single: set[str] = set()
        self._networks: dict[tuple[int, int], set[int]] = defaultdict(set)
        for entry in entries:
            if "/" not in entry:
                self._single.add(entry)
                continue
            net = ip_network(entry, strict=False)
            self._networks[net.version, net.prefixlen].add(_bits(net, net.prefixlen))

    def __contains__(self, value: str) -> bool:
        """Raises ValueError where the value is neither address nor network."""
        if value in self._single:
            return True
        net = ip_network(value)
        return any(
            version == net.version and length <= net.prefixlen and _bits(net, length) in networks
            for (version, length), networks in self._networks.items()
        )


def _bits(net: Network, length: int) -> int:
    return int(net.network_address) >> (net.max_prefixlen - length)
