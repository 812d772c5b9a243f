"""Compiled: in which events one of a few texts stands, whatever the field. Only `sightings.py` asks for it.

Every text is known by two bytes that follow each other in it and are rare in what is searched. A step looks
for all pairs at thirty-two places at once; only where one stands its texts are compared.
"""

import numpy as np
from numba import cfunc, njit, types

from detections.engine.sightings import AT, BEGIN, END, PAIR, ROW
from taishi.kit.octets import WIDE, both

_u1, _i4, _i8 = (
    types.CPointer(one)  # type: ignore[no-untyped-call]
    for one in (types.uint8, types.int32, types.int64)
)


@njit
def _low(byte):  # type: ignore[no-untyped-def]
    return byte | 0x20 if 0x41 <= byte <= 0x5A else byte


@njit
def _stands(text, at, end, wanted, first, last):  # type: ignore[no-untyped-def]
    """Whether one of the texts stands at a place, ASCII letters in either case."""
    if at + last - first > end:
        return False
    for i in range(last - first):  # noqa: SIM110 - generators are not compiled
        if _low(text[at + i]) != wanted[first + i]:
            return False
    return True


@njit
def _seen(text, begin, end, at, pairs, rows, count, wanted):  # type: ignore[no-untyped-def]
    """Whether a text stands where its pair begins at a place."""
    for row in range(0, count * ROW, ROW):
        pair, place = rows[row + PAIR] * 2 * WIDE, at - rows[row + AT]
        alike = text[at] | 0x20 == pairs[pair] and text[at + 1] | 0x20 == pairs[pair + WIDE]
        if alike and place >= begin and _stands(text, place, end, wanted, rows[row + BEGIN], rows[row + END]):
            return True
    return False


@njit
def _glanced(text, begin, end, pairs, size, rows, count, wanted):  # type: ignore[no-untyped-def]
    for at in range(begin, end, WIDE):
        places = np.uint64(0)
        for pair in range(size):
            places |= both(text, at, pairs, pair * 2 * WIDE)
        place = at
        while places:
            if places & np.uint64(1) and _seen(text, begin, end, place, pairs, rows, count, wanted):
                return True
            places >>= np.uint64(1)
            place += 1
    return False


@cfunc(
    types.int64(
        _u1, _i4, _i8, types.int64, types.int64, _u1, types.int64, _i8, types.int64, _u1, _i8,
    )
)  # fmt: skip
def glance(  # type: ignore[no-untyped-def]
    text, spans, begins, events, values, pairs, size, rows, count, wanted, found
):  # fmt: skip
    """Gives in how many events a text stands, and in `found` which these are.

    `text`, `spans`, `begins`: as in `Table`; `values`: how many each event has. `pairs`: for each of `size`
    its first byte as often as a step is wide, then its second, both with the bit of small letters set.
    `rows`: for each of `count` texts its pair, where that stands in it, and where in `wanted` it stands.
    """
    seen = 0
    for event in range(events):
        first = begins[event]
        begin, end = spans[2 * first], spans[2 * (first + values - 1) + 1]
        if _glanced(text, begin, end, pairs, size, rows, count, wanted):
            found[seen] = event
            seen += 1
    return seen
