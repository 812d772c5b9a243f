"""Text atoms as arrays, for the compiled scan: what to compare, and by which few bytes it is found."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detections.engine.rule import Atom

#: How a pattern stands to a value; NONE: the scan does not take the atom.
CONTAINS, STARTS, ENDS, EQUALS, LIKE, NONE = range(6)
_KINDS: Final = {"contains": CONTAINS, "startswith": STARTS, "endswith": ENDS, "equals": EQUALS, "like": LIKE}
#: Flags: compared with its case; with all dashes one.
CASED, DASH = 1, 2
#: Tokens of wildcard patterns beside bytes.
ONE, MANY = 256, 257
#: Bytes by which a pattern is found, at the most.
WIDEST = 4
#: Where the bytes by which a pattern is found stand in a value: anywhere; at its end; `SKIPPED` bytes before
#: its end, where what ends alike (`.exe`) differs; at its start.
ANYWHERE, AT_END, BEFORE_END, AT_START = range(4)
SKIPPED = 4
#: A longer wildcard pattern is left to the slow way.
_LONGEST_LIKE = 256
#: Bytes as the scan looks for them: without case, slashes as dashes.
LOOKED_FOR: Final = bytes(
    ord("-") if byte == ord("/") else ord(chr(byte).lower()) for byte in range(128)
) + bytes(range(128, 256))


class Patterns(Struct, frozen=True):
    """One place for each atom of a plan, as little-endian arrays in bytes.

    `kind` and `flags` (u1); `at` and `length` (i4): where bytes that it needs stand in `text` (i2), for LIKE
    its tokens after them up to `end` (i4); `gram` (u4): the bytes by which it is found, `width` (u1) how
    many, `anchor` (i4) where they stand in it; `where` (u1): where they stand in a value.
    """

    kind: bytes = b""
    flags: bytes = b""
    at: bytes = b""
    length: bytes = b""
    end: bytes = b""
    gram: bytes = b""
    width: bytes = b""
    anchor: bytes = b""
    where: bytes = b""
    text: bytes = b""


def patterns(atoms: Sequence[Atom]) -> Patterns:
    """The layout of a plan's atoms."""
    needed = [_needed(atom) for atom in atoms]
    found = [_places(atom, one) if one else [] for atom, one in zip(atoms, needed, strict=True)]
    common = Counter(key for one in found for key in {(where, gram) for where, gram, _ in one})
    text = array("h")
    rows = []
    for atom, literal, places in zip(atoms, needed, found, strict=True):
        if literal is None:
            rows.append((NONE, 0, 0, 0, 0, 0, 0, 0, 0))
            continue
        at = len(text)
        text.extend(literal)
        if atom.compare == "like":
            text.extend(_tokens(atom))
        where, gram, anchor = min(places, key=lambda one: common[one[:2]], default=(ANYWHERE, b"", 0))
        flags = CASED * atom.cased + DASH * (atom.flags == "dash")
        told = int.from_bytes(gram), len(gram), anchor, where
        rows.append((_KINDS[atom.compare], flags, at, len(literal), len(text), *told))
    return _packed(rows, text)


def _packed(rows: Sequence[tuple[int, ...]], text: Sequence[int]) -> Patterns:
    types = ("u1", "u1", "<i4", "<i4", "<i4", "<u4", "u1", "<i4", "u1")
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    kind, flags, at, length, end, gram, width, anchor, where = (
        np.array(column, one).tobytes() for column, one in zip(columns, types, strict=True)
    )
    return Patterns(kind, flags, at, length, end, gram, width, anchor, where, np.array(text, "<i2").tobytes())


def _needed(atom: Atom) -> bytes | None:
    """The bytes that a value must hold; None where the scan does not take the atom."""
    if atom.compare not in _KINDS:
        return None
    if atom.compare != "like":
        return str(atom.value).encode()
    assert isinstance(atom.value, tuple)  # noqa: S101
    literal = max(atom.value[::2], key=len).encode()
    return literal if literal and sum(map(len, atom.value)) <= _LONGEST_LIKE else None


def _tokens(atom: Atom) -> Iterator[int]:
    assert isinstance(atom.value, tuple)  # noqa: S101
    for place, part in enumerate(atom.value):
        if place % 2:
            yield MANY if part == "*" else ONE
        else:
            yield from part.encode()


def _places(atom: Atom, literal: bytes) -> list[tuple[int, bytes, int]]:
    """Bytes by which the pattern may be found: where in a value, which, and where in the pattern."""
    looked_for = literal.translate(LOOKED_FOR)
    width = min(WIDEST, len(literal))
    last = len(literal) - width
    if atom.compare in ("endswith", "equals"):
        found = [(AT_END, looked_for[last:], last)]
        if last >= SKIPPED:
            before = last - SKIPPED
            found.append((BEFORE_END, looked_for[before : before + width], before))
        return found
    if atom.compare == "startswith" and width < WIDEST:
        return [(AT_START, looked_for, 0)]
    return [(ANYWHERE, looked_for[at : at + width], at) for at in range(last + 1)]


class Table:
    """Patterns as numpy arrays; the same names as in `Patterns`."""

    def __init__(self, made: Patterns) -> None:
        self.kind, self.flags, self.width, self.where = (
            np.frombuffer(one, np.uint8) for one in (made.kind, made.flags, made.width, made.where)
        )
        self.at, self.length, self.end, self.anchor = (
            np.frombuffer(one, "<i4") for one in (made.at, made.length, made.end, made.anchor)
        )
        self.gram: NDArray[np.uint32] = np.frombuffer(made.gram, "<u4")
        self.text: NDArray[np.int16] = np.frombuffer(made.text, "<i2").copy()  # aligned, as compiled for
        #: A random number for each: what holds in an event is told by their sum (see `Signatures`).
        self.keys: NDArray[np.int64] = _keys(len(self.kind))

    def taken(self, numbers: Iterable[int]) -> list[int]:
        """Those of the atoms that the scan decides."""
        kind = self.kind
        return [number for number in numbers if kind[number] != NONE]


def _keys(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(20170108).integers(-(2**63), 2**63 - 1, count, np.int64)
