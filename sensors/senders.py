"""Who may send to a port of ours, and where it listens."""

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from taishi.core.problems import Problem

#: Addresses whose answer is remembered.
_REMEMBERED = 500

Network = IPv4Network | IPv6Network


class Senders:
    """Known senders: lines `ADDRESS-or-CIDR what it is`."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Raises Problem naming the line that is none."""
        self._known: dict[str, str | None] = {}
        self._networks: list[tuple[Network, str]] = []
        for line in lines:
            value, _, name = line.strip().partition(" ")
            try:
                self._networks.append((ip_network(value, strict=False), name.strip()))
            except ValueError:
                raise Problem(
                    f"sender {value!r}: is no address or network; write 192.0.2.1 or 192.0.2.0/24"
                ) from None

    def name(self, address: str) -> str | None:
        """What the sender is called, empty where it has no name; None where it may not send."""
        if address not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[address] = self._looked_up(address)
        return self._known[address]

    def _looked_up(self, address: str) -> str | None:
        found = ip_address(address)
        for network, name in self._networks:
            if found.version == network.version and found in network:
                return name
        return None


def listen_address(place: str) -> tuple[str, int]:
    """HOST and port of `HOST:PORT`, `[HOST]:PORT` or `PORT` (all addresses). Raises Problem for another."""
    host, _, port = place.rpartition(":")
    host = host.strip("[]") or "0.0.0.0"  # noqa: S104 - routers send from anywhere; exporters are named
    with suppress(ValueError):
        ip_address(host)
        if port.isdigit() and 0 <= int(port) <= 65535:
            return host, int(port)
    raise Problem(f"{place}: give HOST:PORT with the address to listen on, e.g. 0.0.0.0:2055")
