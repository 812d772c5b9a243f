"""What this machine itself needs to stay reachable: its addresses, gateways and name servers (Linux)."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from taishi.app.networks import read_network
from taishi.core.problems import Problem

#: proc(5) /proc/net/fib_trie: an address line, then the line that says it is one of ours.
_LOCAL = re.compile(r"\|-- (\d+\.\d+\.\d+\.\d+)\n\s+/32 host LOCAL")
_NAMESERVER = re.compile(r"^nameserver\s+([^\s%]+)", re.MULTILINE)


def machine_addresses(
    net: Path = Path("/proc/net"), resolv: Path = Path("/etc/resolv.conf")
) -> tuple[str, ...]:
    """Lines `ADDRESS what it is` for the protected list; whatever cannot be read gives none."""
    found = [*_ours(net), *_gateways(net)]
    found += [f"{address} 本平台所用DNS name server" for address in _NAMESERVER.findall(_text(resolv))]
    return tuple(dict.fromkeys(line for line in found if _readable(line)))


def _ours(net: Path) -> Iterator[str]:
    for address in _LOCAL.findall(_text(net / "fib_trie")):
        yield f"{address} 本平台 this platform"
    for line in _text(net / "if_inet6").splitlines():
        yield f"{IPv6Address(int(line.split()[0], 16))} 本平台 this platform"


def _gateways(net: Path) -> Iterator[str]:
    """IPv4 in /proc/net/route is hexadecimal in the host's (little-endian) order, IPv6 is plain."""
    for line in _text(net / "route").splitlines()[1:]:
        gateway = line.split()[2]
        if gateway != "00000000":
            yield f"{IPv4Address(int.from_bytes(bytes.fromhex(gateway), 'little'))} 本平台网关 gateway"
    for line in _text(net / "ipv6_route").splitlines():
        gateway = line.split()[4]
        if int(gateway, 16):
            yield f"{IPv6Address(int(gateway, 16))} 本平台网关 gateway"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _readable(line: str) -> bool:
    try:
        read_network(line.partition(" ")[0])
    except Problem:
        return False
    return True
