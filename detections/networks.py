"""Which addresses are ours."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from taishi.core.problems import Problem

Network = IPv4Network | IPv6Network

#: Private and shared space (RFC 1918, RFC 4193, RFC 6598), link-local (RFC 3927, RFC 4291), loopback.
PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
    "127.0.0.0/8",
    "::1/128",
)


class Networks:
    """The inside of the extranet: private space and whatever else is named."""

    def __init__(self, internal: Iterable[str] = PRIVATE) -> None:
        self._networks = tuple(_network(text) for text in internal)
        self.inside = lru_cache(maxsize=65536)(self._inside)
        self.unicast = lru_cache(maxsize=65536)(_unicast)

    def _inside(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed.version == net.version and parsed in net for net in self._networks)


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise Problem(f"internal network '{text}': {error}; give CIDRs such as 10.34.0.0/16") from None


def _unicast(address: str) -> bool:
    """Whether one host can have this address (not multicast, broadcast, unspecified or loopback)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return not (
        parsed.is_multicast or parsed.is_unspecified or parsed.is_loopback or address == "255.255.255.255"
    )
