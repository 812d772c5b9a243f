"""Names protocols of many flows at once, by the same signatures as `protocols.recognise`.

Most signatures begin with bytes of which each is one of a set, whatever stands around it. A bit a signature
says for each place and byte whether it may still fit: the bits of a flow's first bytes, taken together, leave
the few signatures that must be looked at in full, and often the answer itself.
"""

# The parser of `re` knows what a pattern is made of; there is no public way to ask.
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from re import DOTALL, Pattern
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from sensors.pcap.compiled.layout import Bytes, Quantities
from sensors.pcap.protocols import TABLE, Signature

#: Bytes of each side's first payload that are screened, and what stands for one that is not there.
_DEPTH, _MISSING = 12, 256
_ALL = frozenset(range(256))
_WORD = 64
_TRANSPORTS, _PORTS = 256, 65536
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)
#: What \s, \d and \w stand for, of bytes.
_CLASSES = {
    codes.CATEGORY_SPACE: frozenset(b" \t\n\r\f\v"),
    codes.CATEGORY_DIGIT: frozenset(b"0123456789"),
    codes.CATEGORY_WORD: frozenset(b"0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
}

Bits = npt.NDArray[np.uint64]
Sets = list[frozenset[int]]
Nodes = list[tuple[object, object]]


class Side(NamedTuple):
    """First payloads of one side of some flows: their rows in the table of heads, and their lengths."""

    rows: Quantities
    sizes: Quantities


class Screen:
    """Gives numbers of signatures in `names`, -1 where none fits."""

    def __init__(self, table: tuple[Signature, ...] = TABLE) -> None:
        self._table = table
        self.names = [one.name for one in table]
        words = -(-len(table) // _WORD)
        self._sides = np.full((2, _DEPTH, _MISSING + 1, words), ~np.uint64(0))
        self._transports = np.zeros((_TRANSPORTS, words), np.uint64)
        self._ports = np.zeros((_PORTS, words), np.uint64)
        self._whole = np.zeros(len(table), bool)
        for number, one in enumerate(table):
            self._note(number, one)

    def _note(self, number: int, one: Signature) -> None:
        word, bit = number // _WORD, np.uint64(1 << number % _WORD)
        self._transports[one.transport, word] |= bit
        self._ports[sorted(one.ports) if one.ports else slice(None), word] |= bit
        self._whole[number] = True
        for side, pattern in enumerate((one.client, one.server)):
            if pattern is not None:
                sets, whole = _beginning(pattern)
                self._whole[number] &= whole
                for place, allowed in enumerate(sets):
                    # Any byte is one that is there.
                    others = [_MISSING, *(_ALL - allowed)]
                    self._sides[side, place, others, word] &= ~bit

    def signatures(
        self,
        transports: Quantities,
        ports: tuple[Quantities, Quantities],
        heads: Bytes,
        client: Side,
        server: Side,
    ) -> Quantities:
        """`ports` of sources and destinations; `heads`: first payloads, a row each."""
        left = self._transports[transports] & (self._ports[ports[0]] | self._ports[ports[1]])
        for said, one in zip(self._sides, (client, server), strict=True):
            first = heads[one.rows, :_DEPTH].astype(np.int64)
            first[np.arange(_DEPTH) >= one.sizes[:, None]] = _MISSING
            for place in range(_DEPTH):
                left &= said[place, first[:, place]]
        found = _lowest(left)
        for at in np.flatnonzero((found >= 0) & ~self._whole[found]).tolist():
            told = [
                heads[one.rows[at], : one.sizes[at]].tobytes() if one.sizes[at] else b""
                for one in (client, server)
            ]
            both = int(ports[0][at]), int(ports[1][at])
            found[at] = self._first(left[at].tolist(), int(transports[at]), both, told[0], told[1])
        return found

    def _first(
        self, words: list[int], transport: int, ports: tuple[int, int], client: bytes, server: bytes
    ) -> int:
        """The first of those left that fits indeed."""
        for word, bits in enumerate(words):
            while bits:
                number = word * _WORD + (bits & -bits).bit_length() - 1
                if self._whole[number] or self._table[number].fits(transport, ports, client, server):
                    return number
                bits &= bits - 1
        return -1


def _lowest(words: Bits) -> Quantities:
    """The number of the lowest bit of each row, -1 where it has none."""
    found = np.full(len(words), -1, np.int64)
    for word in range(words.shape[1] - 1, -1, -1):
        bits = words[:, word]
        # The exponent of a power of two is exact.
        number = np.frexp((bits & (~bits + np.uint64(1))).astype(np.float64))[1] - 1
        found = np.where(bits > 0, number + word * _WORD, found)
    return found


def _beginning(pattern: Pattern[bytes]) -> tuple[Sets, bool]:
    """What a match begins with, byte by byte, and whether that is all that the pattern says."""
    sets, whole = _of_nodes(list(parser.parse(pattern.pattern, DOTALL)))
    return sets[:_DEPTH], whole and len(sets) <= _DEPTH


def _of_nodes(nodes: Nodes) -> tuple[Sets, bool]:
    sets: Sets = []
    for at, (kind, value) in enumerate(nodes):
        found, whole = _of_node(kind, value)
        sets += found
        if not whole:
            if kind in _REPEATS:
                sets += _once_more(cast(tuple[int, int, Nodes], value), nodes[at + 1 :])
            return sets, False
    return sets, True


def _once_more(repeat: tuple[int, int, Nodes], rest: Nodes) -> Sets:
    """The byte after the least of repetitions: of one more, or of what follows."""
    least, _, inner = repeat
    first, whole = _of_nodes(list(inner))
    after = _of_nodes(rest)[0]
    return [first[0] | after[0]] if first and after and (whole or not least) else []


def _of_node(kind: object, value: object) -> tuple[Sets, bool]:
    if kind is codes.LITERAL:
        return [frozenset({cast(int, value)})], True
    if kind is codes.ANY:
        return [_ALL], True
    if kind is codes.IN:
        return [_of_set(cast(Nodes, value))], True
    if kind is codes.SUBPATTERN:
        return _of_nodes(list(cast(tuple[Nodes, ...], value)[3]))
    if kind is codes.BRANCH:
        parts = [_of_nodes(list(part))[0] for part in cast(tuple[object, list[Nodes]], value)[1]]
        return [frozenset().union(*both) for both in zip(*parts, strict=False)], False
    if kind in _REPEATS:
        least, most, inner = cast(tuple[int, int, Nodes], value)
        sets, whole = _of_nodes(list(inner))
        return (sets * least, least == most) if whole else (sets if least else [], False)
    return [], False


def _of_set(items: Nodes) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    for kind, value in items:
        if kind is codes.LITERAL:
            found |= {cast(int, value)}
        elif kind is codes.RANGE:
            low, high = cast(tuple[int, int], value)
            found |= frozenset(range(low, high + 1))
        elif kind is codes.CATEGORY and value in _CLASSES:
            found |= _CLASSES[value]
        elif kind is not codes.NEGATE:
            return _ALL
    return _ALL - found if items and items[0][0] is codes.NEGATE else found
