"""The packets of chosen flows, taken out of captures: evidence."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sensors.pcap.capture import Chunk, opened
from sensors.pcap.community import community_id
from sensors.pcap.fragments import Key
from sensors.pcap.links import NotIP, Undecodable
from sensors.pcap.packet import Decoder, Packet
from sensors.pcap.pcap_file import HEADER_BYTES, RECORD_BYTES
from taishi.core.problems import Problem
from taishi.core.source import Source

#: A fragment may be that much older than the datagram that it became a part of (sensors.pcap.fragments).
_EARLIER_US = 30_000_000
#: Flows whose Community ID is not worked out again.
_REMEMBERED = 100_000


@dataclass(frozen=True)
class Wanted:
    """One flow between two moments, both included, in microseconds since 1970.

    `vlan`: outer tag, and the inner one 12 bits higher; None where any will do.
    """

    community_id: str
    source: bytes
    destination: bytes
    since_us: int
    until_us: int
    vlan: int | None = None


@dataclass(frozen=True)
class Carved:
    """Packets by their time, each with it; `cut` where the limit left some out."""

    link: int
    packets: tuple[tuple[int, bytes], ...]
    cut: bool


def carve(groups: Iterable[Sequence[Path]], wanted: Sequence[Wanted], limit: int) -> Carved:
    """Exactly the packets of these flows, fragments with their datagrams, as a file of at most `limit` bytes.

    Each group is what one tap saw, in files that follow each other. A packet that two groups have (the same
    bytes at the same microsecond) is taken once. Files that are gone or cannot be read add nothing.
    """
    held: Counter[tuple[int, bytes]] = Counter()
    link, size, cut = None, HEADER_BYTES, False
    for group in groups:
        seen: Counter[tuple[int, bytes]] = Counter()
        for of, us, frame in _matching(group, wanted):
            link = of if link is None else link
            seen[us, frame] += 1
            if seen[us, frame] <= held[us, frame]:
                continue
            # A pcap file has one link type: what came by another is left out, and that is said.
            if of != link or size + RECORD_BYTES + len(frame) > limit:
                cut = True
                break
            held[us, frame] += 1
            size += RECORD_BYTES + len(frame)
    packets = sorted(held.elements(), key=lambda packet: packet[0])
    return Carved(1 if link is None else link, tuple(packets), cut)


def _matching(group: Sequence[Path], wanted: Sequence[Wanted]) -> Iterator[tuple[int, int, bytes]]:
    """Link type, time and bytes of each packet that is wanted."""
    sieve: _Sieve | None = None
    for path in group:
        try:
            with opened(Source.of(path), lambda *_: None) as capture:
                if capture is None:
                    continue
                if sieve is None or sieve.link != capture.link:
                    sieve = _Sieve(capture.link, wanted)
                for chunk in capture.chunks(lambda *_: None):
                    for us, frame in sieve.take(chunk):
                        yield sieve.link, us, frame
        except (Problem, OSError):
            continue
    if sieve is not None:
        for us, frame in sieve.rest(None):
            yield sieve.link, us, frame


class _Noting(Decoder):
    """Says of which datagram the last packet was a fragment."""

    def __init__(self, link: int) -> None:
        super().__init__(link)
        self._key: Key | None = None

    def noted(self) -> Key | None:
        """Asked once a packet: the datagram."""
        key, self._key = self._key, None
        return key

    def _fragment(self, packet: Packet, key: Key, offset: int, more: bool, piece: bytes) -> bool:
        self._key = key
        return super()._fragment(packet, key, offset, more, piece)


class _Sieve:
    """Lets through what is wanted of one tap. Decodes only packets in which a wanted address stands."""

    def __init__(self, link: int, wanted: Sequence[Wanted]) -> None:
        self.link = link
        self._decoder = _Noting(link)
        self._flows: dict[str, list[Wanted]] = defaultdict(list)
        for one in wanted:
            self._flows[one.community_id].append(one)
        self._needles = _needles(wanted)
        self._since = min((one.since_us for one in wanted), default=0) - _EARLIER_US
        self._until = max((one.until_us for one in wanted), default=0)
        self._ids: dict[tuple[int, bytes, bytes, int, int], str] = {}
        self._pieces: dict[Key, list[tuple[int, bytes]]] = defaultdict(list)
        self._first: dict[int, Key] = {}
        self._number = 0

    def take(self, chunk: Chunk) -> Iterator[tuple[int, bytes]]:
        for number in self._candidates(chunk):
            frame, us = chunk.frame(number)
            if self._since <= us <= self._until + _EARLIER_US:
                yield from self._one(frame, us)
        yield from self.rest(chunk.last_us)

    def rest(self, now: int | None) -> Iterator[tuple[int, bytes]]:
        """Fragments of datagrams that will not be whole any more."""
        for packet in self._decoder.stale(now):
            key = self._first.pop(packet.index, None)
            pieces = self._pieces.pop(key, []) if key else []
            if self._is_wanted(packet, tagged=False):
                yield from pieces

    def _one(self, frame: bytes, us: int) -> Iterator[tuple[int, bytes]]:
        self._number += 1
        try:
            packet = self._decoder.decode(frame, 0, len(frame), us, self._number)
        except (NotIP, Undecodable):
            broken = self._decoder.noted()
            if broken is not None:
                self._taken(broken)
            return
        key = self._decoder.noted()
        if key is None:
            if packet is not None and self._is_wanted(packet):
                yield us, frame
            return
        if key not in self._pieces:
            self._first[self._number] = key
        self._pieces[key].append((us, frame))
        if packet is None:
            return
        pieces = self._taken(key)
        if self._is_wanted(packet):
            yield from pieces

    def _taken(self, key: Key) -> list[tuple[int, bytes]]:
        self._first = {number: of for number, of in self._first.items() if of != key}
        return self._pieces.pop(key, [])

    def _is_wanted(self, packet: Packet, *, tagged: bool = True) -> bool:
        ends = (
            packet.protocol,
            packet.source,
            packet.destination,
            packet.source_port,
            packet.destination_port,
        )
        found = self._ids.get(ends)
        if found is None:
            if len(self._ids) > _REMEMBERED:
                self._ids.clear()
            found = self._ids[ends] = community_id(*ends)
        return any(
            one.since_us <= packet.time <= one.until_us
            and (not tagged or one.vlan is None or one.vlan == packet.vlan)
            for one in self._flows.get(found, ())
        )

    def _candidates(self, chunk: Chunk) -> list[int]:
        """Numbers of packets in which one of the needles stands, whatever wraps the address."""
        starts = chunk.meta[:, 2].astype(np.int64)
        seconds = chunk.meta[:, 0].astype(np.int64) * 1_000_000
        if int(seconds.max()) + 1_000_000 < self._since or int(seconds.min()) > self._until + _EARLIER_US:
            return []
        stops = starts + chunk.meta[:, 3]
        begin = int(starts[0])
        data = bytes(chunk.data[begin : int(stops[-1])])
        found = set()
        for needle in self._needles:
            at = data.find(needle)
            while at >= 0:
                number = int(np.searchsorted(starts, begin + at, side="right")) - 1
                inside = begin + at + len(needle) <= int(stops[number])
                if inside:
                    found.add(number)
                at = data.find(needle, int(stops[number]) - begin if inside else at + 1)
        return sorted(found)


def _needles(wanted: Sequence[Wanted]) -> list[bytes]:
    """Few addresses of which every wanted flow has one: the most common first."""
    common = Counter(address for one in wanted for address in (one.source, one.destination))
    chosen: set[bytes] = set()
    for one in wanted:
        if not chosen & {one.source, one.destination}:
            chosen.add(max(one.source, one.destination, key=lambda address: common[address]))
    return sorted(chosen)
