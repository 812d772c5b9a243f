"""What is asked of addresses everywhere."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

#: Networks remembered: those of a county's addresses, twice over.
_REMEMBERED = 1 << 16


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address and nothing else."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=_REMEMBERED)
def network_of(address: str) -> str:
    """The /24 or, of IPv6, /64 around an address. Raises ValueError where it is none."""
    length = 24 if ip_address(address).version == 4 else 64
    return str(ip_network(f"{address}/{length}", strict=False))
