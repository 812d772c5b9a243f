"""What was said on the wire, before it is packets: TCP and UDP conversations and their parts.

Everything encodes to compact JSON arrays (bytes as Base64), which `craft.py` turns into packets
in a process of its own.
"""

from datetime import datetime
from typing import Literal

import msgspec


class Noise(msgspec.Struct, frozen=True, array_like=True):
    """`size` pseudo-random bytes, always the same for the same `seed`: stands for ciphertext."""

    seed: int
    size: int


class Repeat(msgspec.Struct, frozen=True, array_like=True):
    """`pattern` again and again, cut after `size` bytes: stands for long plain bodies."""

    pattern: bytes
    size: int


Part = bytes | Noise | Repeat

#: fin: orderly close by the client. rst: the client aborts. refused: SYN answered by RST.
#: silent: SYN never answered. probed: SYN, SYN-ACK, RST (half-open scan).
End = Literal["fin", "rst", "refused", "silent", "probed"]


class Say(msgspec.Struct, frozen=True, array_like=True):
    """One side's message, `wait_us` microseconds after the message before it."""

    from_client: bool
    wait_us: int
    parts: tuple[Part, ...]


class Tcp(msgspec.Struct, frozen=True, array_like=True, tag="tcp"):
    """One TCP connection; `rtt_us` is the round trip as the sensor near the client sees it."""

    at: datetime
    client: str
    client_port: int
    server: str
    port: int
    says: tuple[Say, ...] = ()
    end: End = "fin"
    rtt_us: int = 12_000


class Udp(msgspec.Struct, frozen=True, array_like=True, tag="udp"):
    """One UDP exchange: every message is one datagram."""

    at: datetime
    client: str
    client_port: int
    server: str
    port: int
    says: tuple[Say, ...]


Conversation = Tcp | Udp

#: As `client_port`: the next free ephemeral port of the client is filled in when the week is put together.
ANY_PORT = 0


class Wire(msgspec.Struct, frozen=True, array_like=True):
    """How a host looks below TCP/UDP: its MAC address and the time to live its packets arrive with."""

    mac: str
    ttl: int


class Spec(msgspec.Struct, frozen=True):
    """What `craft.py` reads: every host of every conversation, and the conversations."""

    hosts: dict[str, Wire]
    conversations: list[Conversation]


def ask(*parts: Part, wait_us: int = 300) -> Say:
    """The client speaks."""
    return Say(True, wait_us, parts)


def answer(*parts: Part, wait_us: int = 15_000) -> Say:
    """The server speaks; `wait_us` covers the round trip and its thinking."""
    return Say(False, wait_us, parts)


def size_of(parts: tuple[Part, ...]) -> int:
    """Bytes that the parts come to."""
    return sum(len(part) if isinstance(part, bytes) else part.size for part in parts)
