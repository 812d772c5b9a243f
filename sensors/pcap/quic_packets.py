"""Initial packets of QUIC (RFC 9000, RFC 9001, RFC 9369, the drafts), opened with keys everybody knows.

Their keys come from the connection id on the wire, so whoever sees the first packet can read the hello in
it.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION_2 = 0x6B3343CF
_SALT_1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
_SALT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_23 = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
#: Sample for header protection begins four bytes after the packet number does (RFC 9001, 5.4.2).
_SAMPLE_AFTER, _SAMPLE = 4, 16
#: No hello is longer; frames beyond it are forged.
_LONGEST = 1 << 16
_PADDING, _PING, _ACK, _ACK_ECN, _CRYPTO, _CLOSE = 0, 1, 2, 3, 6, 0x1C


@dataclass(frozen=True, slots=True)
class Initial:
    """One Initial packet as it stands in a datagram; `number_at` is where its packet number begins."""

    version: int
    destination_id: bytes
    source_id: bytes
    header: bytes
    number_at: int
    data: bytes


def salt(version: int) -> bytes | None:
    """None for a version whose Initial keys are not known here."""
    if version == VERSION_2:
        return _SALT_2
    if version == 1:
        return _SALT_1
    draft = version & 0xFF if version >> 8 == 0xFF0000 else 0
    if draft >= 33:
        return _SALT_1
    if draft >= 29:
        return _SALT_29
    return _SALT_23 if draft >= 23 else None


def initials(datagram: bytes) -> Iterator[Initial]:
    """The Initial packets at the beginning of a datagram; others may follow in it."""
    at = 0
    while at + 7 < len(datagram) and datagram[at] & 0xC0 == 0xC0:
        version = int.from_bytes(datagram[at + 1 : at + 5], "big")
        if salt(version) is None or datagram[at] >> 4 & 3 != (1 if version == VERSION_2 else 0):
            return
        try:
            packet, at = _initial(datagram, at, version)
        except IndexError:
            return
        yield packet


def _initial(data: bytes, start: int, version: int) -> tuple[Initial, int]:
    at = start + 5
    destination_id, at = _counted(data, at)
    source_id, at = _counted(data, at)
    token, at = varint(data, at)
    length, at = varint(data, at + token)
    end = at + length
    if end > len(data) or length < _SAMPLE_AFTER + _SAMPLE:
        raise IndexError("Initial cut")
    return Initial(version, destination_id, source_id, data[start:at], at - start, data[start:end]), end


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    size = data[at]
    if size > 20 or at + 1 + size > len(data):
        raise IndexError("connection id")
    return data[at + 1 : at + 1 + size], at + 1 + size


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length integer (RFC 9000, 16) and where the next field begins."""
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        raise IndexError("integer cut")
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def opened(packet: Initial, first_id: bytes, of_client: bool) -> bytes | None:
    """The frames of a packet under the keys of the client's first connection id; None: they do not fit."""
    key, nonce, protection = _keys(packet.version, first_id, of_client)
    sample = packet.data[packet.number_at + _SAMPLE_AFTER :][:_SAMPLE]
    # The standard demands this single block (RFC 9001, 5.4.3); nothing is kept secret by it.
    mask = Cipher(algorithms.AES(protection), modes.ECB()).encryptor().update(sample)  # noqa: S305
    first = packet.data[0] ^ (mask[0] & 0x0F)
    size = (first & 3) + 1
    end = packet.number_at + size
    number = bytes(a ^ b for a, b in zip(packet.data[packet.number_at : end], mask[1:], strict=False))
    header = bytes([first]) + packet.data[1 : packet.number_at] + number
    full = int.from_bytes(nonce, "big") ^ int.from_bytes(number, "big")
    try:
        return AESGCM(key).decrypt(full.to_bytes(12, "big"), packet.data[end:], header)
    except (InvalidTag, ValueError):
        return None


def _keys(version: int, first_id: bytes, of_client: bool) -> tuple[bytes, bytes, bytes]:
    """AEAD key, IV and header protection key of Initial packets (RFC 9001, 5.2; RFC 9369, 3.3)."""
    initial = hmac.digest(salt(version) or b"", first_id, sha256)
    secret = _expand(initial, b"client in" if of_client else b"server in", 32)
    prefix = b"quicv2 " if version == VERSION_2 else b"quic "
    return (
        _expand(secret, prefix + b"key", 16),
        _expand(secret, prefix + b"iv", 12),
        _expand(secret, prefix + b"hp", 16),
    )


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label with SHA-256 and no context (RFC 8446, 7.1); one block is enough here."""
    full = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(full)]) + full + b"\0\1"
    return hmac.digest(secret, info, sha256)[:size]


def crypto_pieces(frames: bytes) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of every CRYPTO frame; stops at a frame that may not be there."""
    at = 0
    try:
        while at < len(frames):
            kind = frames[at]
            at += 1
            if kind in (_ACK, _ACK_ECN):
                at = _past_ack(frames, at, kind == _ACK_ECN)
            elif kind == _CRYPTO:
                offset, at = varint(frames, at)
                size, at = varint(frames, at)
                if offset + size > _LONGEST:
                    return
                yield offset, frames[at : at + size]
                at += size
            elif kind not in (_PADDING, _PING):
                return
    except IndexError:
        return


def _past_ack(frames: bytes, at: int, counted: bool) -> int:
    _, at = varint(frames, at)
    _, at = varint(frames, at)
    ranges, at = varint(frames, at)
    _, at = varint(frames, at)
    for _ in range(min(ranges, 256) * 2 + (3 if counted else 0)):
        _, at = varint(frames, at)
    return at


def joined(pieces: list[tuple[int, bytes]]) -> bytes:
    """The stream from its beginning up to the first hole."""
    whole = b""
    for offset, piece in sorted(pieces):
        if offset > len(whole):
            break
        whole += piece[len(whole) - offset :]
    return whole
