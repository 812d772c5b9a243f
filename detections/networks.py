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
    """The inside of the extranet: private space and whatever else is named.

    `extranet`: networks that somebody has said are the extranet, as far as anybody did; `isolated`: those
    of them from which the internet must not be reached at all.
    """

    def __init__(
        self,
        internal: Iterable[str] = PRIVATE,
        extranet: Iterable[str] = (),
        isolated: Iterable[str] = (),
    ) -> None:
        self._internal, self._private = _networks(internal), _networks(PRIVATE)
        self._extranet, self._isolated = _networks((*extranet, *isolated)), _networks(isolated)
        self.inside = lru_cache(maxsize=65536)(self._inside)
        self.public = lru_cache(maxsize=65536)(self._public)
        self.unicast = lru_cache(maxsize=65536)(_unicast)

    def _inside(self, address: str) -> bool:
        return _within(address, self._internal)

    @property
    def told(self) -> bool:
        """Whether somebody has said which networks are the extranet, or isolated."""
        return bool(self._extranet)

    def extranet(self, address: str) -> bool:
        return _within(address, self._extranet)

    def isolated(self, address: str) -> bool:
        return _within(address, self._isolated)

    def _public(self, address: str) -> bool:
        """Whether an address is one of the internet."""
        return _unicast(address) and not _within(address, (*self._private, *self._internal, *self._extranet))

    def of_a_host(self, address: str) -> bool:
        """Whether one host can have got this address (link-local ones every host has)."""
        return _unicast(address) and not _within(address, _LINK_LOCAL)

    @staticmethod
    def alike(one: str, other: str) -> bool:
        """Whether two addresses may be of the same network: the same /16 of IPv4, the same /48 of IPv6."""
        first, second = ip_address(one), ip_address(other)
        if first.version != second.version:
            return True  # a host has both kinds on one network
        return second in ip_network((first, 16 if first.version == 4 else 48), strict=False)


def _networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(_network(text) for text in texts)


def _within(address: str, networks: Iterable[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == net.version and parsed in net for net in networks)


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


_LINK_LOCAL = _networks(("169.254.0.0/16", "fe80::/10"))
