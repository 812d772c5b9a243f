"""Ids made from what a thing is, so that saying it twice adds nothing."""

from hashlib import blake2b


def stable_id(*parts: str | bytes | int) -> str:
    """32 hexadecimal digits (BLAKE2b-128) of the parts in order; length-prefixed, so parts never blur."""
    pieces: list[bytes] = []
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        pieces += (len(data).to_bytes(8, "big"), data)
    return blake2b(b"".join(pieces), digest_size=16).hexdigest()
