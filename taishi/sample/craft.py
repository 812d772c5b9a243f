"""Craft packets from a JSON spec: `python -I craft.py SPEC.json OUT.pcap`.

A process of its own that imports nothing but the standard library and scapy, because scapy is GPL
and the product is MIT. The spec's shape is in `conversation.py`. scapy builds one template of each
layer; packets are copies of its bytes with addresses, ports, numbers, lengths and checksums patched
in, which is some twenty times faster than building each with scapy.
"""

import json
import struct
import sys
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from ipaddress import IPv4Address
from operator import attrgetter
from random import Random
from typing import NamedTuple

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapWriter

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
PROTOCOL_UDP = 17
#: Ethernet's 1,500 bytes without the IP and TCP headers.
SEGMENT = 1460
#: Segments sent before an acknowledgement is waited for.
BURST = 8
#: A receiver that answers within this time acknowledges with its answer (RFC 1122, 4.2.3.2: under 0.5 s).
DELAYED_ACK_US = 40_000
#: An end system's own time to acknowledge.
TURN_US = 60
#: Between two full frames of one burst at 1 Gbit/s.
WIRE_US = 13
WINDOW_SYN, WINDOW = 64240, 502


JsonPart = str | list[int | str]
JsonSay = tuple[bool, int, list[JsonPart]]


class Udp(NamedTuple):
    """A row of the spec, after its tag."""

    at: str
    client: str
    client_port: int
    server: str
    port: int
    says: list[JsonSay]


class Tcp(NamedTuple):
    """A row of the spec, after its tag."""

    at: str
    client: str
    client_port: int
    server: str
    port: int
    says: list[JsonSay]
    end: str
    rtt: int


class Segment(NamedTuple):
    """One packet to be: microseconds since the epoch, ends, and for TCP its numbers."""

    at: int
    source: str
    source_port: int
    target: str
    target_port: int
    payload: bytes
    flags: int | None = None
    seq: int = 0
    ack: int = 0


class Speaker:
    """One end of a TCP connection with its next sequence number."""

    def __init__(self, address: str, port: int, isn: int, delay: int) -> None:
        self.address, self.port, self.seq, self.delay = address, port, isn, delay

    def send(self, at: int, other: "Speaker", flags: int, payload: bytes = b"") -> Segment:
        ack = other.seq if flags & ACK else 0
        segment = Segment(
            at, self.address, self.port, other.address, other.port, payload, flags, self.seq, ack
        )
        self.seq = (self.seq + len(payload) + (1 if flags & (SYN | FIN) else 0)) % 2**32
        return segment


def part_bytes(part: JsonPart) -> bytes:
    if isinstance(part, str):
        return b64decode(part)
    first, size = part[0], int(part[1])
    if isinstance(first, int):
        return Random(first).randbytes(size)  # noqa: S311 - stands for ciphertext, hides nothing
    pattern = b64decode(first)
    return (pattern * (size // len(pattern) + 1))[:size]


def microseconds(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def udp_segments(talk: Udp) -> Iterator[Segment]:
    now = microseconds(talk.at)
    there = (talk.client, talk.client_port, talk.server, talk.port)
    back = (talk.server, talk.port, talk.client, talk.client_port)
    for from_client, wait, parts in talk.says:
        now += wait
        yield Segment(now, *(there if from_client else back), b"".join(map(part_bytes, parts)))


def tcp_segments(talk: Tcp) -> Iterator[Segment]:
    now = microseconds(talk.at)
    isns = blake2b(repr(talk[:5]).encode(), digest_size=8).digest()
    client = Speaker(talk.client, talk.client_port, int.from_bytes(isns[:4], "big"), TURN_US)
    server = Speaker(talk.server, talk.port, int.from_bytes(isns[4:], "big"), talk.rtt)
    yield client.send(now, server, SYN)
    now += talk.rtt
    if talk.end == "refused":
        server.seq = 0
        yield server.send(now, client, RST | ACK)
    if talk.end in ("refused", "silent"):
        return
    yield server.send(now, client, SYN | ACK)
    now += TURN_US
    if talk.end == "probed":
        yield client.send(now, server, RST)
        return
    yield client.send(now, server, ACK)
    for segment in exchange(now, client, server, talk.says):
        now = segment.at
        yield segment
    yield from farewell(now + TURN_US, client, server, talk)


def farewell(now: int, client: Speaker, server: Speaker, talk: Tcp) -> Iterator[Segment]:
    if talk.end == "rst":
        yield client.send(now, server, RST | ACK)
        return
    yield client.send(now, server, FIN | ACK)
    yield server.send(now + talk.rtt, client, FIN | ACK)
    yield client.send(now + talk.rtt + TURN_US, server, ACK)


def exchange(now: int, client: Speaker, server: Speaker, says: list[JsonSay]) -> Iterator[Segment]:
    for index, (from_client, wait, parts) in enumerate(says):
        speaker, listener = (client, server) if from_client else (server, client)
        now += max(wait, speaker.delay)
        data = b"".join(map(part_bytes, parts))
        # The next message, or the close, carries the acknowledgement where it comes soon.
        soon = index + 1 == len(says) or says[index + 1][1] < DELAYED_ACK_US
        for count, offset in enumerate(range(0, len(data), SEGMENT), start=1):
            last = offset + SEGMENT >= len(data)
            yield speaker.send(now, listener, ACK | (PSH if last else 0), data[offset : offset + SEGMENT])
            if (last and not soon) or (not last and count % BURST == 0):
                now += listener.delay
                yield listener.send(now, speaker, ACK)
            now += WIRE_US


class Layers:
    """scapy's templates and the hosts below them; turns segments into frames."""

    def __init__(self, hosts: dict[str, tuple[str, int]]) -> None:
        ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        ip = IP(src="192.0.2.1", dst="192.0.2.2", flags="DF")
        options = [("MSS", SEGMENT), ("NOP", None), ("WScale", 7), ("SAckOK", b""), ("EOL", None)]
        self.tcp = bytes(ether / ip / TCP())
        self.syn = bytes(ether / ip / TCP(options=options))
        self.udp = bytes(ether / ip / UDP())
        self.hosts = {
            name: (bytes.fromhex(mac.replace(":", "")), ttl, IPv4Address(name).packed)
            for name, (mac, ttl) in hosts.items()
        }
        self.ids = dict.fromkeys(hosts, 0)

    def template(self, flags: int | None) -> bytes:
        if flags is None:
            return self.udp
        return self.syn if flags & SYN else self.tcp

    def frame(self, segment: Segment) -> bytes:
        packet = bytearray(self.template(segment.flags) + segment.payload)
        source_mac, ttl, source = self.hosts[segment.source]
        target_mac, _, target = self.hosts[segment.target]
        self.ids[segment.source] = serial = (self.ids[segment.source] + 1) % 65536
        packet[0:12] = target_mac + source_mac
        struct.pack_into("!HH", packet, 16, len(packet) - 14, serial)
        packet[22] = ttl
        packet[26:34] = source + target
        struct.pack_into("!HH", packet, 34, segment.source_port, segment.target_port)
        if segment.flags is None:
            struct.pack_into("!H", packet, 38, len(packet) - 34)
        else:
            window = WINDOW_SYN if segment.flags & SYN else 0 if segment.flags & RST else WINDOW
            struct.pack_into("!II", packet, 38, segment.seq, segment.ack)
            struct.pack_into("!BH", packet, 47, segment.flags, window)
        return bytes(with_checksums(packet, 40 if segment.flags is None else 50))


def with_checksums(packet: bytearray, place: int) -> bytearray:
    """Fills in IP's checksum and, at `place`, that of UDP or TCP over their pseudo-header."""
    packet[24:26] = packet[place : place + 2] = b"\0\0"
    struct.pack_into("!H", packet, 24, checksum(packet[14:34]))
    pseudo = packet[26:34] + struct.pack("!HH", packet[23], len(packet) - 34)
    total = checksum(pseudo + packet[34:])
    if packet[23] == PROTOCOL_UDP and total == 0:
        total = 0xFFFF  # RFC 768: zero would say that there is no checksum.
    struct.pack_into("!H", packet, place, total)
    return packet


def checksum(data: bytes | bytearray) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data = data + b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def main(spec_path: str, pcap_path: str) -> None:
    with open(spec_path, encoding="utf-8") as file:
        spec = json.load(file)
    segments: list[Segment] = []
    for row in spec["conversations"]:
        tag, *values = row
        segments.extend(tcp_segments(Tcp(*values)) if tag == "tcp" else udp_segments(Udp(*values)))
    segments.sort(key=attrgetter("at"))
    layers = Layers(spec["hosts"])
    with RawPcapWriter(pcap_path, linktype=1, endianness="<") as writer:
        writer.write_header(None)
        for segment in segments:
            second, microsecond = divmod(segment.at, 1_000_000)
            writer.write_packet(layers.frame(segment), sec=second, usec=microsecond)


if __name__ == "__main__":
    main(*sys.argv[1:])
