"""IPv4 space cut where some prefix begins or ends, so that many addresses are looked up at once."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
#: As `ipaddress` reads it: four decimal numbers without leading zeros.
_DOTTED = rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"
_WORTH = np.array([1 << 24, 1 << 16, 1 << 8, 1], np.int64)


def dotted(names: pa.Array) -> tuple[Numbers, Numbers]:
    """Of the names (no nulls) those that are IPv4 addresses: their places, and the numbers they stand for."""
    fits = pc.match_substring_regex(names, _DOTTED)
    places: Numbers = np.flatnonzero(fits.to_numpy(zero_copy_only=False)).astype(np.int64)
    if not len(places):
        return places, places
    octets = pc.split_pattern(names.take(pa.array(places)), ".").flatten().cast(pa.int64()).to_numpy()
    numbers: Numbers = octets.reshape(-1, 4) @ _WORTH
    return places, numbers


class Segments:
    """Which of the networks hold an address, the longest prefix first; each network once."""

    def __init__(self, networks: Iterable[IPv4Network]) -> None:
        self._begins: list[int] = [0]
        #: For each segment the networks that hold it, the longest prefix first.
        self.holding: list[Sequence[IPv4Network]] = [()]
        open_now: list[IPv4Network] = []
        for network in sorted(networks, key=lambda one: (int(one.network_address), one.prefixlen)):
            self._close(open_now, int(network.network_address))
            open_now.append(network)
            self._begin(int(network.network_address), open_now)
        self._close(open_now, 1 << 32)
        self._edges = np.array(self._begins, np.int64)

    def of(self, numbers: Numbers) -> Numbers:
        """The segment of each address."""
        found: Numbers = np.searchsorted(self._edges, numbers, side="right") - 1
        return found

    def at(self, number: int) -> int:
        """The segment of one address."""
        return bisect_right(self._begins, number) - 1

    def _close(self, open_now: list[IPv4Network], until: int) -> None:
        """Ends what does not reach that far; prefixes are nested or apart, never across each other."""
        while open_now and int(open_now[-1].broadcast_address) < until:
            end = int(open_now.pop().broadcast_address) + 1
            self._begin(end, open_now)

    def _begin(self, at: int, open_now: list[IPv4Network]) -> None:
        holding = tuple(reversed(open_now))
        if self._begins[-1] == at:
            self.holding[-1] = holding
        else:
            self._begins.append(at)
            self.holding.append(holding)
