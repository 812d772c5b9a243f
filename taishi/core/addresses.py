"""What is asked of addresses everywhere."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

#: Networks remembered: those of a county's addresses, twice over.
_REMEMBERED = 1 << 16
#: Addresses that are nobody's outside: RFC 1918, 6598, 3927, 1122 3.2.1.3, 4193, 4291 2.4.
_INSIDE = tuple(
    ip_network(cidr)
    for cidr in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "127.0.0.0/8", "0.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128", "::/128",
    )
)  # fmt: skip


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address and nothing else."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_outside(address: str) -> bool:
    """Whether it is an IP address off the networks that are never routed over the Internet."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return not any(ip in network for network in _INSIDE)


@lru_cache(maxsize=_REMEMBERED)
def network_of(address: str) -> str:
    """The /24 or, of IPv6, /64 around an address. Raises ValueError where it is none."""
    length = 24 if ip_address(address).version == 4 else 64
    return str(ip_network(f"{address}/{length}", strict=False))
