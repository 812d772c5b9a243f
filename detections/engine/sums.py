"""The compiled scan of tables: what was seen of late is not gone over again. Only `scan.py` asks for it."""

import numpy as np
from numba import cfunc, types

from detections.engine.kernel import held_in
from detections.engine.recall import hash_of

#: Shorter values are gone over faster than looked up.
_WORTH = 12

_u1, _i2, _i4, _i8, _u8 = (
    types.CPointer(one)  # type: ignore[no-untyped-call]
    for one in (types.uint8, types.int16, types.int32, types.int64, types.uint64)
)


@cfunc(
    types.int64(
        _u1, _i4, _i8, _i8, _i8, types.int64, types.int64, _u1, _u1, _u8, types.int64, _u8, _i4, _u8, _i4,
        _i4, _i4, _i4, _i2, _i4, _i8, _i8, types.int64, _i4, _i8, types.int64, types.int64, _i8, types.int64,
    )
)  # fmt: skip
def add_up(  # type: ignore[no-untyped-def]
    data, spans, firsts, fields, places, columns, events, looked_for, low, bits, order, pairs, heads, grams,
    entry, by_field, empty, rows, text, guards, keys, stamps, stamp, seen, sums, first, seed, recent, slots,
):  # fmt: skip
    """Adds to `sums` the keys of what holds in each event; gives by how much `stamp` is to go on.

    Up to `sums` all is as in `kernel.scan`. `first`: the number of field 0 among the fields of all scanners;
    `recent`: for each of `slots` (a power of two) the hash of a value and its key, the last one that came.
    """
    scanned, mask = 0, slots - 1
    for event in range(events):
        for place in range(columns):
            at, field = firsts[event] + places[place], fields[place]
            begin, end = spans[2 * at], spans[2 * at + 1]
            hashed, slot = np.int64(0), np.int64(0)
            if end - begin >= _WORTH:
                hashed = hash_of(data, begin, end - begin, first + field, seed)
                slot = 2 * (hashed & mask)
                if recent[slot] == hashed:
                    sums[event] += recent[slot + 1]
                    continue
            holding = held_in(
                data, begin, end, field, looked_for, low, bits, order, pairs, heads, grams, entry, by_field,
                empty, rows, text, guards, stamps, stamp + scanned, seen,
            )  # fmt: skip
            scanned, key = scanned + 2, np.int64(0)
            for i in range(holding):
                key += keys[seen[i]]
            sums[event] += key
            if end - begin >= _WORTH:
                recent[slot], recent[slot + 1] = hashed, key
    return scanned
