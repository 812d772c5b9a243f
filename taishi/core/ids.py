"""Ids made from what a thing is, so that saying it twice adds nothing."""

from collections.abc import Callable
from hashlib import blake2b
from struct import Struct

Part = str | bytes | int


def stable_id(*parts: Part) -> str:
    """32 hexadecimal digits (BLAKE2b-128) of the parts in order; length-prefixed, so parts never blur."""
    return blake2b(b"".join(map(_framed, parts)), digest_size=16).hexdigest()


def stable_ids(*first: Part) -> Callable[[int, bytes], str]:
    """The same of these parts, a number and some bytes: for many that begin alike."""
    begun = blake2b(b"".join(map(_framed, first)), digest_size=16)

    def made(number: int, content: bytes) -> str:
        told, digits = begun.copy(), b"%d" % number
        told.update(b"%b%b%b%b" % (_length(len(digits)), digits, _length(len(content)), content))
        return told.hexdigest()

    return made


_length = Struct(">Q").pack


def _framed(part: Part) -> bytes:
    data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
    return _length(len(data)) + data
