"""Values of events as text and as exact numbers.

One form for each value, so that 4624 and "4624" are the same value and a snapshot holds nothing but text.
"""

import math
import re
from fractions import Fraction
from hashlib import blake2b

from detections.engine.correlate.matches import Value

#: A field's values; a list gives each of its elements, an absent field none.
Texts = tuple[str, ...]
Number = int | Fraction

#: Decimal, with an exponent that a float could have; longer ones are text.
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,40}", re.ASCII)
#: Bounds memory: of a longer value the beginning and a digest stay, which still tells values apart.
_LONGEST, _KEPT = 1024, 900
_MOST_ELEMENTS = 1000


def texts(value: Value) -> Texts:
    """The values of a field in their one form; nulls and nested lists within a list are left out."""
    if isinstance(value, list):
        found = (_text(item) for item in value[:_MOST_ELEMENTS] if not isinstance(item, list))
        return tuple(text for text in found if text is not None)
    text = _text(value)
    return () if text is None else (text,)


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 1024 else None
    if isinstance(value, float):
        whole = math.isfinite(value) and value == int(value) and abs(value) < 2**53
        return str(int(value)) if whole else repr(value)
    return None


def _clean(text: str) -> str:
    """Storable: half a surrogate pair (which JSON can carry) replaced, an overlong text cut."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_KEPT]}…{blake2b(text.encode(), digest_size=16).hexdigest()}"


def number(text: str) -> Number | None:
    """The exact number that a text is, or None. 0.1 is one tenth, so sums do not drift."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    exact = Fraction(text)
    return exact.numerator if exact.denominator == 1 else exact


def exact(value: float) -> Number:
    """A number from a rule as what was written there. `value` is finite."""
    return value if isinstance(value, int) else Fraction(repr(value))
