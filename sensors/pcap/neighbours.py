"""Who asks for whose hardware address: ARP (RFC 826) added up by the minute.

ARP is chatter, so there is no event a frame: one for each host that asked for several addresses within a
minute (`asked`), one for each address that a second hardware address claims unasked (`claimed`). Ethernet
only.
"""

import struct
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sensors.pcap.capture import Chunk
from sensors.pcap.conversation import moment
from sensors.pcap.rows import address, mac
from taishi.core.event import Json, Value

_ETHERNET = 1
_MINUTE_US = 60_000_000
#: Hardware and protocol type and sizes of ARP for IPv4 on Ethernet.
_HEAD = struct.pack("!HHBB", 1, 0x0800, 6, 4)
_REQUEST, _REPLY = 1, 2
#: Addresses asked by one host within a minute from which it is told.
LEAST_ASKED = 5
#: Most hosts, addresses of one host, and owners that are kept.
_HOSTS, _ASKED, _OWNERS = 4096, 4096, 65536

Told = tuple[int, dict[str, Value], dict[str, Json]]


@dataclass
class _Host:
    """What one host asked within the minute; `record` is its first frame."""

    record: int
    time: int
    asked: set[int] = field(default_factory=set)


class Neighbours:
    """Takes chunks in; `drain` gives events as record, row and extra."""

    def __init__(self, link: int) -> None:
        self._ethernet = link == _ETHERNET
        self._since: int | None = None
        self._hosts: dict[tuple[bytes, bytes], _Host] = {}
        self._claims: dict[tuple[bytes, bytes], _Host] = {}
        self._said: Counter[tuple[bytes, bytes]] = Counter()
        self._wanted: Counter[bytes] = Counter()
        self._owners: OrderedDict[bytes, bytes] = OrderedDict()
        self._found: list[Told] = []

    def take(self, chunk: Chunk) -> None:
        """Looks for ARP among the chunk's frames."""
        if not self._ethernet or not len(chunk.meta):
            return
        for number in _arp(chunk):
            frame, time = chunk.frame(number)
            if self._since is None:
                self._since = time
            if time - self._since >= _MINUTE_US:
                self.end()
                self._since = time
            self._frame(frame, time, chunk.first + number)

    def drain(self) -> list[Told]:
        """Events since the last call."""
        found, self._found = self._found, []
        return found

    def end(self) -> None:
        """The minute is over, or the capture."""
        self._found += self._told()
        self._hosts, self._claims = {}, {}
        self._said.clear()
        self._wanted.clear()

    def _frame(self, frame: bytes, time: int, record: int) -> None:
        at = frame.find(_HEAD, 14, 24)
        if at < 0 or len(frame) < at + 28:
            return
        kind, body = frame[at + 7], frame[at + 8 : at + 28]
        sender, ours, wanted = body[:6], body[6:10], body[16:20]
        if kind == _REQUEST and wanted != ours:
            self._wanted[wanted] += 1
            if len(self._hosts) < _HOSTS or (sender, ours) in self._hosts:
                host = self._hosts.setdefault((sender, ours), _Host(record, time))
                if len(host.asked) < _ASKED:
                    host.asked.add(int.from_bytes(wanted, "big"))
        if any(ours):
            self._claim(sender, ours, kind, time, record)

    def _claim(self, sender: bytes, ours: bytes, kind: int, time: int, record: int) -> None:
        """An address belongs to who had it first, until nobody has spoken for it for long."""
        if kind == _REPLY:
            self._said[sender, ours] += 1
        owner = self._owners.setdefault(ours, sender)
        self._owners.move_to_end(ours)
        if owner != sender and len(self._claims) < _HOSTS:
            self._claims.setdefault((sender, ours), _Host(record, time))
        if len(self._owners) > _OWNERS:
            self._owners.popitem(last=False)

    def _told(self) -> Iterator[Told]:
        for (sender, ours), host in self._hosts.items():
            if len(host.asked) >= LEAST_ASKED:
                extra: dict[str, Json] = {"arp.asked": len(host.asked), "arp.row": _row(host.asked)}
                yield host.record, _fields("asked", host.time, ours), {"arp.mac": mac(sender), **extra}
        for (sender, ours), host in self._claims.items():
            unasked = self._said[sender, ours] - self._wanted[ours]
            other = mac(self._owners.get(ours, b""))
            told: dict[str, Json] = {"arp.unasked": max(unasked, 0), "arp.other_mac": other}
            yield host.record, _fields("claimed", host.time, ours), {"arp.mac": mac(sender), **told}


def _arp(chunk: Chunk) -> list[int]:
    """Numbers of the frames that hold ARP, behind at most one VLAN tag."""
    raw, begin = np.frombuffer(chunk.data, np.uint8), chunk.meta[:, 2].astype(np.int64)
    long = np.flatnonzero(chunk.meta[:, 3] >= 42)
    at = begin[long] + 12
    at = np.where((raw[at] == 0x81) & (raw[at + 1] == 0), at + 4, at)
    return long[(raw[at] == 0x08) & (raw[at + 1] == 0x06)].tolist()  # type: ignore[no-any-return] # numpy's


def _row(asked: set[int]) -> int:
    """The longest row of addresses that follow each other."""
    best = 0
    for one in asked:
        if one - 1 not in asked:
            end = one
            while end in asked:
                end += 1
            best = max(best, end - one)
    return best


def _fields(action: str, time: int, ours: bytes) -> dict[str, Value]:
    return {
        "@timestamp": moment(time),
        "event.kind": "event",
        "event.category": "network",
        "event.type": "protocol",
        "event.module": "pcap",
        "event.dataset": "pcap.arp",
        "event.action": action,
        "network.protocol": "arp",
        "source.ip": address(ours) if any(ours) else None,
    }
