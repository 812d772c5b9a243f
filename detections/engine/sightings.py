"""In which events of a table something stands that a keyword needs, whatever the field."""

from collections.abc import Collection
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from taishi.core.table import Table
from taishi.kit.kept import Kept
from taishi.kit.native import INTEGER, POINTER, Native, address, native

#: What stands in a text's row: which pair it is known by, where that stands in it, its bytes among all.
PAIR, AT, BEGIN, END, ROW = range(5)
#: Bytes that compiled code looks at together, and by which a text must be known.
_WIDE, _SHORTEST = 32, 2
#: The bit that small letters have.
_SMALL = 0x20
#: Bytes of the first table by which it is told which pairs are rare; places that a pair costs by itself.
_SAMPLE, _COST = 1 << 16, 1 / 400

_GLANCE = (*[POINTER] * 3, *[INTEGER] * 2, POINTER, INTEGER, POINTER, INTEGER, *[POINTER] * 2)
_MADE_OF = ("detections.engine.sightings", "taishi.kit.octets")


class Wanted:
    """Some texts, as the compiled search is told of them. `common`: how often each pair of bytes stands."""

    def __init__(self, texts: Collection[bytes], common: NDArray[np.float64]) -> None:
        chosen = _chosen(texts, common)
        pairs = sorted(set(chosen.values()))
        self.pairs = np.repeat(np.array([(pair >> 8, pair & 0xFF) for pair in pairs], np.uint8), _WIDE)
        self.rows = np.zeros((len(texts), ROW), np.int64)
        self.text = np.frombuffer(b"".join(chosen), np.uint8)
        self.size, end = len(pairs), 0
        for row, (text, pair) in zip(self.rows, chosen.items(), strict=True):
            row[:] = pairs.index(pair), _pairs(text).index(pair), end, end + len(text)
            end += len(text)
        self.addresses = [address(one) for one in (self.pairs, self.rows, self.text)]


class Sightings:
    """Shared by all keyword searches of an engine."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._wanted: dict[frozenset[str], Wanted] = {}
        self._common: NDArray[np.float64] | None = None

    @staticmethod
    def can_see(text: str) -> bool:
        """Whether a text can be looked for."""
        return len(_bytes(text)) >= _SHORTEST

    def among(self, table: Table, wanted: frozenset[str]) -> NDArray[np.int64]:
        """The events of a table in which one of some texts stands, ASCII letters in either case."""
        known = self._wanted.get(wanted)
        if known is None:
            texts = set(map(_bytes, wanted))
            known = self._wanted[wanted] = Wanted(texts, self._common_in(table))
        found, (pairs, rows, text) = np.empty(len(table), np.int64), known.addresses
        count = self._glance(
            address(table.texts.text), address(table.texts.spans), address(table.begins), len(table),
            table.shape.values, pairs, known.size, rows, len(known.rows), text, address(found),
        )  # fmt: skip
        return found[:count]

    def _common_in(self, table: Table) -> NDArray[np.float64]:
        if self._common is None:
            sample = table.texts.text[:_SAMPLE].astype(np.int64) | _SMALL
            counts = np.bincount(sample[:-1] << 8 | sample[1:], minlength=1 << 16)
            self._common = counts / len(sample)
        return self._common

    @cached_property
    def _glance(self) -> Native:
        return native(self._kept, "detections.engine.glance", "glance", _GLANCE, _MADE_OF)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _pairs(text: bytes) -> list[int]:
    """Every two bytes that follow each other, with the bit of small letters set."""
    seen = [byte | _SMALL for byte in text]
    return [one << 8 | other for one, other in pairwise(seen)]


def _chosen(texts: Collection[bytes], common: NDArray[np.float64]) -> dict[bytes, int]:
    """A pair for each text, few and rare ones: again and again the one that costs least for each text."""
    left = {text: set(_pairs(text)) for text in sorted(texts)}
    chosen: dict[bytes, int] = {}
    while left:
        uses: dict[int, int] = {}
        for pairs in left.values():
            for pair in pairs:
                uses[pair] = uses.get(pair, 0) + 1
        best = min(sorted(uses), key=lambda pair: (common[pair] + _COST) / uses[pair])
        chosen |= {text: best for text, pairs in left.items() if best in pairs}
        left = {text: pairs for text, pairs in left.items() if best not in pairs}
    return chosen
