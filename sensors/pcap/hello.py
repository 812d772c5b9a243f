"""TLS handshakes on the wire (RFC 5246, RFC 8446): hellos, certificates, key exchange; JA3, JA3S, JA4.

JA3: https://github.com/salesforce/ja3. JA4 (TLS client): https://github.com/FoxIO-LLC/ja4.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5, sha256

_SERVER_NAME, _GROUPS, _POINT_FORMATS, _SIGNATURES = 0, 10, 11, 13
_ALPN, _VERSIONS, _KEY_SHARE = 16, 43, 51
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, KEY_EXCHANGE = 1, 2, 11, 12
CHANGE_CIPHER, ALERT, HANDSHAKE, DATA, HEARTBEAT = 20, 21, 22, 23, 24


@dataclass(slots=True)
class Hello:
    """A ClientHello, or a ServerHello with one cipher in `ciphers`. Numbers are IANA's."""

    version: int
    ciphers: list[int]
    extensions: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    formats: list[int] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    alpn: list[str] = field(default_factory=list)
    signatures: list[int] = field(default_factory=list)
    server_name: str | None = None
    key_share: int | None = None

    def ja3(self) -> str:
        parts = [self.ciphers, self.extensions, self.groups, self.formats]
        return _md5(",".join([str(self.version), *(_dashed(part) for part in parts)]))

    def ja3s(self) -> str:
        return _md5(",".join([str(self.version), _dashed(self.ciphers), _dashed(self.extensions)]))

    def ja4(self, transport: str = "t") -> str:
        """`transport`: t for TCP, q for QUIC. The hello of SSL 2's form has no extensions and so no JA4."""
        offered = max([number for number in self.versions or [self.version] if number >> 8 == 3], default=0)
        named = "d" if self.server_name else "i"
        counts = f"{min(len(self.ciphers), 99):02}{min(len(self.extensions), 99):02}"
        spoken = self.alpn[0] if self.alpn and self.alpn[0] else "00"
        if not (spoken[0].isalnum() and spoken[-1].isalnum() and spoken.isascii()):
            spoken = spoken.encode("latin-1").hex()
        first = f"{transport}{_JA4_VERSIONS.get(offered, '00')}{named}{counts}{spoken[0]}{spoken[-1]}"
        ordered = sorted(kind for kind in self.extensions if kind not in (_SERVER_NAME, _ALPN))
        said = _hexed(ordered) + (f"_{_hexed(self.signatures)}" if self.signatures else "")
        return f"{first}_{_short(_hexed(sorted(self.ciphers)))}_{_short(said)}"


_JA4_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}


def _hexed(numbers: list[int]) -> str:
    return ",".join(f"{number:04x}" for number in numbers)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


class Reader:
    """Big-endian fields one after the other; IndexError where the bytes end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise IndexError("TLS field cut")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        return self.take(self.number(size))

    def words(self, size: int) -> list[int]:
        data = self.vector(size)
        return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]

    @property
    def more(self) -> bool:
        return self.at < len(self.data)


def records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Content type, offset and fragment of every record, up to the first bytes that are none."""
    at = 0
    while at + 5 <= len(data):
        kind, size = data[at], data[at + 3] << 8 | data[at + 4]
        if not (CHANGE_CIPHER <= kind <= HEARTBEAT and data[at + 1] == 3 and size <= 18432):
            return
        yield kind, at, data[at + 5 : at + 5 + size]
        at += 5 + size


def handshakes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of every whole handshake message that went unencrypted."""
    joined = bytearray()
    for kind, _, fragment in records(data):
        if kind == CHANGE_CIPHER:
            break
        if kind == HANDSHAKE:
            joined += fragment
    at = 0
    while at + 4 <= len(joined):
        size = int.from_bytes(joined[at + 1 : at + 4], "big")
        if at + 4 + size > len(joined):
            return
        yield joined[at], bytes(joined[at + 4 : at + 4 + size])
        at += 4 + size


def client_hello(body: bytes) -> Hello:
    """Raises IndexError where it is cut."""
    reader = Reader(body)
    version = reader.number(2)
    reader.take(32)
    reader.vector(1)
    hello = Hello(version, [cipher for cipher in reader.words(2) if not _grease(cipher)])
    reader.vector(1)
    _read_extensions(reader, hello, client=True)
    return hello


def old_client_hello(data: bytes) -> Hello | None:
    """A hello in SSL 2's form that offers SSL 3 or later (RFC 5246, appendix E.2); None where it is none.

    RFC 6176 forbids it since 2011; only programs with a TLS library of long ago still send it.
    """
    if not is_old_client_hello(data):
        return None
    ciphers = int.from_bytes(data[5:7], "big")
    if ciphers % 3 or len(data) < 11 + ciphers:
        return None
    offered = [
        int.from_bytes(data[at + 1 : at + 3], "big") for at in range(11, 11 + ciphers, 3) if not data[at]
    ]
    return Hello(int.from_bytes(data[3:5], "big"), offered)


def is_old_client_hello(data: bytes) -> bool:
    """Two bytes of length with the top bit set, type 1, version 3.x, and lengths that fit."""
    if len(data) < 11 or not data[0] & 0x80 or data[2] != CLIENT_HELLO or data[3] != 3:
        return False
    size = int.from_bytes(data[:2], "big") & 0x7FFF
    parts = [int.from_bytes(data[at : at + 2], "big") for at in (5, 7, 9)]
    return size == 9 + sum(parts) and parts[2] in range(16, 33)


def server_hello(body: bytes) -> Hello:
    """Raises IndexError where it is cut."""
    reader = Reader(body)
    version = reader.number(2)
    reader.take(32)
    reader.vector(1)
    hello = Hello(version, [reader.number(2)])
    reader.take(1)
    _read_extensions(reader, hello, client=False)
    return hello


def _read_extensions(reader: Reader, hello: Hello, client: bool) -> None:
    if not reader.more:
        return
    reader = Reader(reader.vector(2))
    while reader.more:
        kind, body = reader.number(2), Reader(reader.vector(2))
        if _grease(kind):
            continue
        hello.extensions.append(kind)
        try:
            _read_extension(kind, body, hello, client)
        except IndexError:
            continue


def _read_extension(kind: int, body: Reader, hello: Hello, client: bool) -> None:
    if kind == _SERVER_NAME and client:
        names = Reader(body.vector(2))
        if names.number(1) == 0:
            hello.server_name = names.vector(2).decode("latin-1") or None
    elif kind == _GROUPS:
        hello.groups = [group for group in body.words(2) if not _grease(group)]
    elif kind == _POINT_FORMATS:
        hello.formats = list(body.vector(1))
    elif kind == _SIGNATURES:
        hello.signatures = body.words(2)
    elif kind == _ALPN:
        names = Reader(body.vector(2))
        while names.more:
            hello.alpn.append(names.vector(1).decode("latin-1"))
    elif kind == _VERSIONS:
        offered = body.words(1) if client else [body.number(2)]
        hello.versions = [version for version in offered if not _grease(version)]
    elif kind == _KEY_SHARE and not client:
        hello.key_share = body.number(2)


def certificates(body: bytes) -> list[bytes]:
    """The chain of TLS 1.2 and older, DER, the server's own first."""
    chain = []
    try:
        reader = Reader(Reader(body).vector(3))
        while reader.more:
            chain.append(reader.vector(3))
    except IndexError:
        pass
    return chain


def named_curve(body: bytes) -> int | None:
    """The curve of an ECDHE ServerKeyExchange (RFC 8422, 5.4)."""
    return int.from_bytes(body[1:3], "big") if len(body) > 3 and body[0] == 3 else None


def prime_bits(body: bytes) -> int | None:
    """The size of the prime of a DHE ServerKeyExchange (RFC 5246, 7.4.3)."""
    try:
        return int.from_bytes(Reader(body).vector(2), "big").bit_length() or None
    except IndexError:
        return None


def _grease(value: int) -> bool:
    """RFC 8701: 0x0a0a, 0x1a1a … 0xfafa."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def _dashed(numbers: list[int]) -> str:
    return "-".join(map(str, numbers))


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
