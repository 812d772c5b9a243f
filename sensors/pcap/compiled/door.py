"""Compiled: the one way in for Python. Pointers and numbers only, so its machine code stands by itself."""

from numba import cfunc, types
from numba.np.arrayobj import get_cfarray_intrinsic
from numba.np.numpy_support import from_dtype

from sensors.pcap.compiled import columns, loop
from sensors.pcap.compiled.layout import (
    BATCH,
    CLOSING,
    FLOW,
    HALF,
    HEAD_BYTES,
    HEARD,
    NUMBERS,
    PACKET,
    STATE,
    TEXTS,
    Tables,
)
from sensors.pcap.compiled.order import FINISH, LIST, NUMBERS_OF, REHASH, RUN, SPLIT, SWEEP, TAKE

#: `carray` itself is a function that gives an array, which those without reference counts cannot be.
carray = get_cfarray_intrinsic("C", None)  # type: ignore[no-untyped-call]
_ROWS = list(map(types.CPointer, map(from_dtype, (STATE, PACKET, FLOW, HALF, CLOSING, HEARD))))
_I4, _U4, _I8, _U1 = map(types.CPointer, (types.int32, types.uint32, types.int64, types.uint8))
#: What is asked for, the tables with their lengths, and what the order works on.
_SIGNATURE = types.int64(
    types.int64, *_ROWS, _I4, _U1, _I4, _I4, _I4, _I4, _I4, _I8, _U1, _U4, _I4, _I8, _U1, _I8
)  # fmt: skip


@cfunc(_SIGNATURE, error_model="numpy", _nrt=False)  # type: ignore[call-arg] # as of `inner`
def door(  # type: ignore[no-untyped-def]
    order, state, packet, flows, halves, closing, heard, neighbours, heads, buckets, free, free_heads, done,
    odd, sizes, data, meta, slots, wide, out, n,
):  # fmt: skip
    """`sizes`: how long the tables are; `n`: the order's own numbers, the lengths of its arrays first."""
    t = Tables(
        carray(state, 1), carray(packet, BATCH + 2), carray(flows, sizes[0]), carray(halves, (sizes[0], 2)),
        carray(neighbours, (sizes[0], 2)), carray(heads, (sizes[1], HEAD_BYTES)), carray(buckets, sizes[2]),
        carray(free, sizes[0]), carray(free_heads, sizes[1]), carray(done, sizes[0]), carray(odd, sizes[3]),
        carray(closing, sizes[4]), carray(heard, sizes[5]),
    )  # fmt: skip
    d, m, s = carray(data, n[0]), carray(meta, (n[1], 4)), carray(slots, n[2])
    if order == RUN:
        return loop.run(t, d, m, n[3], n[4], n[5])
    if order == SPLIT:
        count, n[3], odd_one = loop.split(d, n[3], n[0], n[4], n[5], n[6], m)
        n[4] = odd_one
        return count
    if order == TAKE:
        loop.take(t, d)
    elif order == SWEEP:
        loop.sweep(t, n[3])
    elif order == FINISH:
        loop.finish(t, s)
    elif order == REHASH:
        loop.rehash(t)
    elif order == LIST:
        loop.listed(t, n[3], s)
    elif order == NUMBERS_OF:
        columns.numbers(t, s, carray(wide, (len(NUMBERS), n[2])))
    else:
        ends = carray(meta, (len(TEXTS), n[2] + 1))
        columns.texts(t, s, d, carray(wide, 512), carray(out, n[3]), ends)
    return 0
