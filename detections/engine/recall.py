"""Compiled: which values of a column were seen before, and letters that are not compared as they stand.

Only `remembered.py` asks for it. Values are found again by a keyed hash in an open table (Knuth 6.4), then
compared byte by byte.
"""

import numpy as np
from numba import cfunc, njit, types

from detections.engine.remembered import AT, BYTES, COLUMN, HASH, LENGTH, ROW, ROWS
from taishi.kit.octets import eight, folded

_ONE, _TWO = np.uint64(0xA0761D6478BD642F), np.uint64(0xE7037ED1A0B428DB)

_u1, _i4, _i8, _u8 = (
    types.CPointer(one)  # type: ignore[no-untyped-call]
    for one in (types.uint8, types.int32, types.int64, types.uint64)
)


@njit
def _left(length):  # type: ignore[no-untyped-def]
    """A mask for the last bytes of a value, fewer than eight."""
    return (np.uint64(1) << np.uint64(8 * length)) - np.uint64(1)


@njit
def _hashed(text, at, length, seed):  # type: ignore[no-untyped-def]
    found = folded(seed ^ np.uint64(length), _ONE)
    while length >= 8:
        found = folded(found ^ eight(text, at), _TWO)
        at, length = at + 8, length - 8
    return folded(found ^ (eight(text, at) & _left(length)), _ONE ^ seed)


@njit
def _same(text, at, kept, where, length):  # type: ignore[no-untyped-def]
    while length >= 8:
        if eight(text, at) != eight(kept, where):
            return False
        at, where, length = at + 8, where + 8, length - 8
    return (eight(text, at) ^ eight(kept, where)) & _left(length) == 0


@njit
def slot_of(text, begin, length, hashed, column, slots, mask, rows, kept):  # type: ignore[no-untyped-def]
    """The slot of a value of a column, empty where it was never seen."""
    slot = hashed & mask
    while slots[slot]:
        row = slots[slot] * ROW
        alike = rows[row + HASH] == hashed and rows[row + COLUMN] == column and rows[row + LENGTH] == length
        if alike and _same(text, begin, kept, rows[row + AT], length):
            return slot
        slot = (slot + 1) & mask
    return slot


@njit
def add(text, begin, length, hashed, column, slot, slots, rows, kept, used):  # type: ignore[no-untyped-def]
    """Remembers a value that was never seen; there must be room. Gives its row."""
    made, at = used[ROWS], used[BYTES]
    slots[slot] = made
    rows[made * ROW + HASH], rows[made * ROW + COLUMN] = hashed, column
    rows[made * ROW + AT], rows[made * ROW + LENGTH] = at, length
    for i in range(length):
        kept[at + i] = text[begin + i]
    used[ROWS], used[BYTES] = made + 1, at + length
    return made


@njit
def hash_of(text, begin, length, column, seed):  # type: ignore[no-untyped-def]
    """`seed`: secret, so that nobody can choose values that meet."""
    return np.int64(_hashed(text, begin, length, np.uint64(seed) ^ np.uint64(column) * _TWO))


@cfunc(
    types.int64(
        _u1, _i4, _i8, types.int64, types.int64, types.int64, types.int64, _i4, types.int64, _i8, _u1, _i8,
        _i4, _i8,
    )
)  # fmt: skip
def recall(  # type: ignore[no-untyped-def]
    text, spans, begins, events, place, column, seed, slots, order, rows, kept, used, found, new
):  # fmt: skip
    """`found`: the row of each event's value. Gives how many rows are new, and in `new` an event of each.

    There must be room for all of them, and for their bytes.
    """
    count, mask = 0, (1 << order) - 1
    for event in range(events):
        at = begins[event] + place
        begin, length = spans[2 * at], spans[2 * at + 1] - spans[2 * at]
        hashed = hash_of(text, begin, length, column, seed)
        slot = slot_of(text, begin, length, hashed, column, slots, mask, rows, kept)
        if slots[slot] == 0:
            add(text, begin, length, hashed, column, slot, slots, rows, kept, used)
            new[count] = event
            count += 1
        found[event] = slots[slot]
    return count


@njit
def _is_odd(text, at, odd):  # type: ignore[no-untyped-def]
    """Whether the character beyond ASCII that begins at a place is compared in another form."""
    if text[at] < 0xE0:
        code = (text[at] & 0x1F) << 6 | text[at + 1] & 0x3F
    elif text[at] < 0xF0:
        code = (text[at] & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | text[at + 2] & 0x3F
    else:
        code = (text[at] & 0x07) << 18 | (text[at + 1] & 0x3F) << 12 | (text[at + 2] & 0x3F) << 6
        return code < 0x1F000
    return odd[code] != 0


@cfunc(types.int64(_u1, _i4, _i8, types.int64, types.int64, _u1, _u1))
def oddities(text, spans, begins, events, values, odd, found):  # type: ignore[no-untyped-def]
    """Whether an event has a text that is not compared letter by letter as it stands; gives how many have.

    `odd`: a byte for each character up to U+FFFF; those beyond are odd up to U+1EFFF, as all with a case are.
    """
    count = 0
    for event in range(events):
        found[event] = 0
        for at in range(begins[event], begins[event] + values):
            for i in range(spans[2 * at], spans[2 * at + 1]):
                if text[i] >= 0xC0 and _is_odd(text, i, odd):
                    found[event] = 1
        count += found[event]
    return count
