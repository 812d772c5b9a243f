"""NTLM tokens (MS-NLMP 2.2.1): who says who he is."""

from dataclasses import dataclass

from sensors.pcap.little import u16, u32, wide

_SIGNATURE = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3
_UNICODE = 1
#: Kerberos inside SPNEGO: the object identifier 1.2.840.113554.1.2.2 or Microsoft's 1.2.840.48018.1.2.2.
_KERBEROS = (b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", b"\x2a\x86\x48\x82\xf7\x12\x01\x02\x02")


@dataclass(frozen=True, slots=True)
class Identity:
    """What an AUTHENTICATE message claims. Anonymous: neither a name nor an answer to the challenge."""

    user: str
    domain: str
    workstation: str
    anonymous: bool


def kind(blob: bytes) -> int | None:
    """Which NTLM message a security blob holds, bare or inside SPNEGO; None where it holds none."""
    at = blob.find(_SIGNATURE)
    return u32(blob, at + 8) if at >= 0 else None


def identity(blob: bytes) -> Identity | None:
    """The identity in an AUTHENTICATE message, None where there is none in the blob."""
    at = blob.find(_SIGNATURE)
    if at < 0 or u32(blob, at + 8) != AUTHENTICATE:
        return None
    token = blob[at:]
    unicode = bool(u32(token, 60) & _UNICODE)

    def text(place: int) -> str:
        raw = _field(token, place)
        return wide(raw) if unicode else raw.decode("latin-1")

    user = text(36)
    anonymous = not user and not _field(token, 20) and len(_field(token, 12)) <= 1
    return Identity(user, text(28), text(44), anonymous)


def is_kerberos(blob: bytes) -> bool:
    """Whether a security blob carries a Kerberos ticket rather than NTLM."""
    return _SIGNATURE not in blob and any(mark in blob for mark in _KERBEROS) and len(blob) > 512


def _field(token: bytes, place: int) -> bytes:
    """Length, room, offset: eight bytes that point into the message."""
    start = u32(token, place + 4)
    return token[start : start + u16(token, place)]
