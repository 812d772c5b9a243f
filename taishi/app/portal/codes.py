"""The code of a link: 125 random bits in letters that nobody confuses, and what the store keeps of it."""

import re
import secrets
from hashlib import sha256

#: No I, O, 0, 1: a code is also typed from paper.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _SIZE = 5, 5
_FORM = re.compile(f"[{_ALPHABET}]{{{_GROUPS * _SIZE}}}")


def new_code() -> str:
    """`K7M2Q-…` in five groups of five."""
    letters = [secrets.choice(_ALPHABET) for _ in range(_GROUPS * _SIZE)]
    return "-".join("".join(letters[n : n + _SIZE]) for n in range(0, len(letters), _SIZE))


def plain(typed: str) -> str:
    """A code as it was typed, without blanks, hyphens and case; empty where it cannot be one."""
    bare = re.sub(r"[\s\-—–_]+", "", typed).upper() if len(typed) <= 64 else ""
    return bare if _FORM.fullmatch(bare) else ""


def digest(secret: str) -> str:
    """What the store keeps of a code or a cookie's token: the SHA-256 of a random secret needs no salt."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
