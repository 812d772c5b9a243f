"""TLS 1.3 and 1.2 as a passive sensor sees it (RFC 8446, RFC 5246): true handshakes, then ciphertext."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from taishi.sample.conversation import Noise, Part, Say, answer, ask

CHANGE_CIPHER_SPEC = b"\x14\x03\x03\x00\x01\x01"
HANDSHAKE, APPLICATION = 0x16, 0x17
#: RFC 8446, 5.1: the longest plaintext of one record.
RECORD = 2**14
ECDHE_ED25519 = 0xC02B
X25519 = 0x001D
ED25519 = 0x0807


@dataclass(frozen=True)
class Hello:
    """What a client's software offers; a client is known by it (JA3, JA4)."""

    ciphers: tuple[int, ...]
    groups: tuple[int, ...]
    signatures: tuple[int, ...]
    alpn: tuple[bytes, ...] = ()


BROWSER = Hello(
    (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D),
    (0x001D, 0x0017, 0x0018),
    (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, ED25519),
    (b"h2", b"http/1.1"),
)
SYSTEM = Hello(
    (0x1302, 0x1301, 0xC02C, 0xC02B, 0xC030, 0xC02F, 0x009F, 0x009E),
    (0x001D, 0x0017),
    (0x0804, 0x0805, 0x0806, 0x0401, 0x0403, 0x0503, 0x0601, ED25519),
    (b"http/1.1",),
)
#: A small library with few choices, as programs that are no browser have.
LIBRARY = Hello((0x1301, 0x1303, 0xC02B, 0xC02F), (0x001D,), (0x0403, 0x0804, 0x0401, ED25519))


@dataclass(frozen=True)
class Turn:
    """One request and its answer by their plaintext sizes; the client waits before, the server thinks."""

    sent: int
    received: int
    wait_us: int = 200_000
    think_us: int = 25_000


def _sized(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width, "big") + data


def _numbers(values: Iterable[int]) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def _extension(kind: int, data: bytes) -> bytes:
    return kind.to_bytes(2, "big") + _sized(data, 2)


def _handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _sized(body, 3)


def _record(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + b"\x03\x03" + _sized(body, 2)


def client_hello(dice: Random, hello: Hello, server_name: str | None, session: bytes) -> bytes:
    """A ClientHello record; without `server_name` it carries no SNI."""
    extensions = b""
    if server_name:
        extensions += _extension(0, _sized(b"\0" + _sized(server_name.encode("ascii"), 2), 2))
    extensions += _extension(23, b"") + _extension(0xFF01, b"\0")
    extensions += _extension(10, _sized(_numbers(hello.groups), 2)) + _extension(11, b"\x01\x00")
    extensions += _extension(13, _sized(_numbers(hello.signatures), 2))
    if hello.alpn:
        extensions += _extension(16, _sized(b"".join(_sized(name, 1) for name in hello.alpn), 2))
    extensions += _extension(43, _sized(b"\x03\x04\x03\x03", 1)) + _extension(45, b"\x01\x01")
    share = X25519.to_bytes(2, "big") + _sized(dice.randbytes(32), 2)
    extensions += _extension(51, _sized(share, 2))
    body = b"\x03\x03" + dice.randbytes(32) + _sized(session, 1)
    body += _sized(_numbers(hello.ciphers), 2) + b"\x01\x00" + _sized(extensions, 2)
    return _record(HANDSHAKE, _handshake(1, body))


def _server_hello(dice: Random, session: bytes, cipher: int, extensions: bytes) -> bytes:
    body = b"\x03\x03" + dice.randbytes(32) + _sized(session, 1)
    return _handshake(2, body + cipher.to_bytes(2, "big") + b"\0" + _sized(extensions, 2))


def _opening_1_3(dice: Random, first: bytes, session: bytes, hello: Hello, rtt_us: int) -> list[Say]:
    share = X25519.to_bytes(2, "big") + _sized(dice.randbytes(32), 2)
    extensions = _extension(43, b"\x03\x04") + _extension(51, share)
    cipher = next(cipher for cipher in hello.ciphers if cipher >> 8 == 0x13)
    flight = _record(HANDSHAKE, _server_hello(dice, session, cipher, extensions)) + CHANGE_CIPHER_SPEC
    return [
        ask(first),
        answer(flight, *sealed(dice, dice.randrange(780, 1120)), wait_us=rtt_us + 1500),
        ask(CHANGE_CIPHER_SPEC, *sealed(dice, 53), wait_us=1200),
    ]


def _opening_1_2(dice: Random, first: bytes, session: bytes, chain: list[bytes], rtt_us: int) -> list[Say]:
    certificates = _sized(b"".join(_sized(der, 3) for der in chain), 3)
    key = b"\x03" + X25519.to_bytes(2, "big") + _sized(dice.randbytes(32), 1)
    key += ED25519.to_bytes(2, "big") + _sized(dice.randbytes(64), 2)
    hello = _server_hello(dice, session, ECDHE_ED25519, _extension(0xFF01, b"\0") + _extension(23, b""))
    flight = hello + _handshake(11, certificates) + _handshake(12, key) + _handshake(14, b"")
    exchange = _record(HANDSHAKE, _handshake(16, _sized(dice.randbytes(32), 1)))
    finished = _record(HANDSHAKE, dice.randbytes(40))
    return [
        ask(first),
        answer(_record(HANDSHAKE, flight), wait_us=rtt_us + 1500),
        ask(exchange + CHANGE_CIPHER_SPEC + finished, wait_us=1200),
        answer(CHANGE_CIPHER_SPEC + _record(HANDSHAKE, dice.randbytes(40)), wait_us=rtt_us + 400),
    ]


def sealed(dice: Random, size: int) -> list[Part]:
    """Application-data records that hold `size` bytes of ciphertext."""
    parts: list[Part] = []
    while size > 0:
        length = min(size, RECORD)
        parts.append(bytes([APPLICATION]) + b"\x03\x03" + length.to_bytes(2, "big"))
        parts.append(Noise(dice.getrandbits(32), length))
        size -= length
    return parts


def tls_session(
    dice: Random,
    server_name: str | None,
    turns: Iterable[Turn],
    *,
    hello: Hello = BROWSER,
    chain: list[bytes] | None = None,
    rtt_us: int = 12_000,
) -> tuple[Say, ...]:
    """A whole session: TLS 1.2 with the certificates `chain` (DER, leaf first) where given, else TLS 1.3."""
    session = dice.randbytes(32)
    first = client_hello(dice, hello, server_name, session)
    if chain:
        says = _opening_1_2(dice, first, session, chain, rtt_us)
    else:
        says = _opening_1_3(dice, first, session, hello, rtt_us)
    for turn in turns:
        says.append(ask(*sealed(dice, turn.sent + 17), wait_us=turn.wait_us))
        says.append(answer(*sealed(dice, turn.received + 17), wait_us=rtt_us + turn.think_us))
    return tuple(says)
