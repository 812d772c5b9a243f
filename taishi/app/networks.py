"""Addresses and networks as people write them, and those that are never blocked."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from taishi.core.problems import Problem

Network = IPv4Network | IPv6Network

#: Protected whatever the settings say: dropping them cuts a machine off from itself or its link.
ALWAYS_PROTECTED: tuple[str, ...] = (
    "127.0.0.0/8 本机回环 loopback",
    "::1/128 本机回环 loopback",
    "0.0.0.0/8 未指定地址 this network (RFC 1122)",
    "::/128 未指定地址 unspecified",
    "224.0.0.0/4 组播 multicast",
    "ff00::/8 组播 multicast",
    "255.255.255.255/32 广播 broadcast",
    "169.254.0.0/16 链路本地 link-local",
    "fe80::/10 链路本地 link-local",
)


@dataclass(frozen=True)
class Protected:
    """A network that is never blocked, and what it is."""

    network: Network
    note: str

    def __str__(self) -> str:
        shown = self.network.with_prefixlen
        if self.network.num_addresses == 1:
            shown = str(self.network.network_address)
        return f"{shown} {self.note}".strip()

    @classmethod
    def read(cls, line: str) -> "Protected":
        """`ADDRESS-or-CIDR what it is`. Raises Problem naming the line."""
        value, _, note = line.strip().partition(" ")
        return cls(read_network(value), note.strip())


def read_network(text: str) -> Network:
    """An address or CIDR; an IPv4-mapped IPv6 address counts as the IPv4 one. Raises Problem naming it."""
    try:
        if "%" in text:  # a zone (RFC 4007) means something on one machine only
            raise ValueError(text)
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise Problem(
            f"“{text}”不是IP地址或网段 / {text!r} is no IP address or CIDR; write 10.34.0.53 or 10.34.0.0/24"
        ) from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96), strict=False)
    return network


def protecting(address: str, entries: Iterable[Protected]) -> Protected | None:
    """The first entry that covers an address or any part of a network, None where none does."""
    network = read_network(address)
    for entry in entries:
        if network.version == entry.network.version and network.overlaps(entry.network):
            return entry
    return None
