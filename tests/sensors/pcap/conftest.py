"""Frames and captures made by hand, byte by byte."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest

from sensors.pcap import SENSOR
from taishi.core.event import Event
from taishi.core.source import Source

CLIENT, SERVER = "192.0.2.10", "198.51.100.20"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Frames:
    """Builders of headers; addresses and ports default to a client that talks to a server."""

    client, server = CLIENT, SERVER
    FIN, SYN, RST, PSH, ACK = FIN, SYN, RST, PSH, ACK

    @staticmethod
    def ethernet(payload: bytes, kind: int = 0x0800, vlans: tuple[int, ...] = ()) -> bytes:
        tags = b"".join(struct.pack("!HH", 0x8100, vlan) for vlan in vlans)
        return bytes.fromhex("02000000000202000000000a") + tags + struct.pack("!H", kind) + payload

    @staticmethod
    def ipv4(
        payload: bytes,
        protocol: int,
        source: str = CLIENT,
        destination: str = SERVER,
        number: int = 1,
        place: int = 0,
    ) -> bytes:
        ends = ip_address(source).packed + ip_address(destination).packed
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), number, place, 64, protocol, 0)
        return head + ends + payload

    @staticmethod
    def ipv6(
        payload: bytes, protocol: int, source: str = "2001:db8::a", destination: str = "2001:db8::b"
    ) -> bytes:
        ends = ip_address(source).packed + ip_address(destination).packed
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + ends + payload

    @staticmethod
    def tcp(payload: bytes, sport: int, dport: int, sequence: int, flags: int) -> bytes:
        return struct.pack("!HHIIBBHHH", sport, dport, sequence, 0, 0x50, flags, 8192, 0, 0) + payload

    @staticmethod
    def udp(payload: bytes, sport: int, dport: int) -> bytes:
        return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload

    @staticmethod
    def capture(frames: list[tuple[float, bytes]], link: int = 1) -> bytes:
        """A pcap file; each frame with its seconds since 1,700,000,000."""
        body = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
        for seconds, frame in frames:
            micros = round(seconds * 1_000_000)
            stamp = (1_700_000_000 + micros // 1_000_000, micros % 1_000_000)
            body += struct.pack("<IIII", *stamp, len(frame), len(frame)) + frame
        return body

    def datagram(self, payload: bytes, sport: int = 40000, dport: int = 53, back: bool = False) -> bytes:
        """A whole UDP frame, from the server where it goes `back`."""
        if back:
            return self.ethernet(self.ipv4(self.udp(payload, dport, sport), 17, SERVER, CLIENT))
        return self.ethernet(self.ipv4(self.udp(payload, sport, dport), 17))


@dataclass
class Session:
    """A TCP connection, said line by line."""

    port: int
    client_port: int = 40000
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    sequences: list[int] = field(default_factory=lambda: [1000, 5000])
    clock: float = 0.0

    def send(self, back: bool, payload: bytes = b"", flags: int = ACK) -> "Session":
        ports = (self.port, self.client_port) if back else (self.client_port, self.port)
        ends = (SERVER, CLIENT) if back else (CLIENT, SERVER)
        segment = Frames.tcp(payload, *ports, self.sequences[back], flags)
        self.frames.append((self.clock, Frames.ethernet(Frames.ipv4(segment, 6, *ends))))
        self.sequences[back] += len(payload) + bool(flags & (SYN | FIN))
        self.clock += 0.01
        return self

    def opened(self) -> "Session":
        return self.send(False, flags=SYN).send(True, flags=SYN | ACK).send(False)

    def asks(self, payload: bytes) -> "Session":
        return self.send(False, payload, PSH | ACK)

    def answers(self, payload: bytes) -> "Session":
        return self.send(True, payload, PSH | ACK)

    def closed(self) -> "Session":
        return self.send(False, flags=FIN | ACK).send(True, flags=FIN | ACK).send(False)


@dataclass
class Heard:
    """What the sensor made of a capture."""

    events: list[Event]
    rejects: list[tuple[int, str, bytes]]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def only(self, kind: str) -> Event:
        (event,) = self.of(kind)
        return event


Hear = Callable[[bytes], Heard]


def hear_file(path: Path) -> Heard:
    rejects: list[tuple[int, str, bytes]] = []
    batches = SENSOR.read(Source.of(path), lambda *reject: rejects.append(reject))
    return Heard([event for batch in batches for event in batch.events()], rejects)


@pytest.fixture(scope="session")
def frames() -> Frames:
    return Frames()


@pytest.fixture
def session() -> type[Session]:
    return Session


@pytest.fixture(scope="session")
def hear(tmp_path_factory: pytest.TempPathFactory) -> Hear:
    """Gives the sensor a capture's bytes."""
    path = tmp_path_factory.mktemp("captures") / "made.pcap"

    def read(capture: bytes) -> Heard:
        path.write_bytes(capture)
        return hear_file(path)

    return read


@pytest.fixture
def hear_corpus(corpus: Path) -> Callable[[str], Heard]:
    """Gives the sensor a trace under network/, named without its folder."""

    def read(name: str) -> Heard:
        (path,) = (corpus / "network").rglob(name)
        return hear_file(path)

    return read


@pytest.fixture(scope="session")
def talk(hear: Hear) -> Callable[[Session], Heard]:
    return lambda said: hear(Frames.capture(said.frames))
