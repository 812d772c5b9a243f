"""The compiled inner loop: which patterns hold in which values. Only `scan.py` asks for it.

Each place of a value is looked at once for each width in use: the bytes that end there are hashed with the
field, and a bit says whether any pattern may be found there; only then it is compared (after Wu and Manber,
TR-94-17, with the rarest bytes of each pattern in place of its last ones).

Patterns are rows of numbers (`KIND` … `GUARDS_END`). Everything is a pointer, so that the code stands by
itself (see `taishi.kit.native`).
"""

import numpy as np
from numba import cfunc, njit, types

from detections.engine.patterns import CASED, CONTAINS, DASH, ENDS, EQUALS, LIKE, MANY, ONE, STARTS

#: What stands in a pattern's row. AT, LENGTH: its bytes in `text`, up to END a wildcard pattern's tokens.
KIND, FLAGS, AT, LENGTH, END, ANCHOR, ATOM, GUARDS, GUARDS_END, ROW = range(10)
#: In a field's row: widths in use, a bit each; patterns of no bytes.
WIDTHS, EMPTY, EMPTY_END, FIELD_ROW = range(4)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SLASH, _DASH_BYTE = ord("/"), ord("-")

_u8, _i2, _i4, _i8, _u8x8 = (
    types.CPointer(one)  # type: ignore[no-untyped-call]
    for one in (types.uint8, types.int16, types.int32, types.int64, types.uint64)
)


@njit
def _seen(byte, flags, low):  # type: ignore[no-untyped-def]
    """A byte as a pattern sees it."""
    if not flags & CASED:
        byte = low[byte]
    if flags & DASH and byte == _SLASH:
        return _DASH_BYTE
    return byte


@njit
def _same(data, at, length, flags, text, start, low):  # type: ignore[no-untyped-def]
    """Whether a pattern's bytes stand at a place of the data; the caller knows that there is room."""
    for i in range(length):  # noqa: SIM110 - generators are not compiled
        if _seen(data[at + i], flags, low) != text[start + i]:
            return False
    return True


@njit
def _step(data, at, end):  # type: ignore[no-untyped-def]
    """The place after one UTF-8 character."""
    at += 1
    while at < end and data[at] & 0xC0 == 0x80:
        at += 1
    return at


@njit
def _like(data, at, end, flags, text, token, last, low):  # type: ignore[no-untyped-def]
    """Whether the whole value fits a wildcard pattern."""
    star, resume = -1, at
    while at < end:
        wanted = text[token] if token < last else -1
        if wanted == MANY:
            token += 1
            star, resume = token, at
        elif wanted == ONE:
            at, token = _step(data, at, end), token + 1
        elif wanted == _seen(data[at], flags, low):
            at, token = at + 1, token + 1
        elif star >= 0:
            resume = _step(data, resume, end)
            first = text[star] if star < last else -1
            while 0 <= first < ONE and resume < end and _seen(data[resume], flags, low) != first:
                resume += 1
            at, token = resume, star
        else:
            return False
    while token < last and text[token] == MANY:
        token += 1
    return token == last


@njit
def _holds_at(data, start, end, begin, rows, row, text, low):  # type: ignore[no-untyped-def]
    """Whether a pattern holds in a value where it would begin at a place; 2: nowhere in this value."""
    kind, flags, at, length = rows[row + KIND], rows[row + FLAGS], rows[row + AT], rows[row + LENGTH]
    if begin < start or begin + length > end:
        return 0
    if kind != CONTAINS and kind != LIKE:
        if kind != ENDS and begin != start:
            return 0
        if kind != STARTS and begin + length != end:
            return 0
    if not _same(data, begin, length, flags, text, at, low):
        return 0
    if kind != LIKE:
        return 1
    return 1 if _like(data, start, end, flags, text, at + length, rows[row + END], low) else 2


@njit
def _looked_up(  # type: ignore[no-untyped-def]
    data, start, end, at, whole, bucket, heads, grams, entry, rows, text, low, stamps, stamp, seen, holding
):  # fmt: skip
    """Compares the patterns of a bucket whose rarest bytes begin at a place; gives how many hold by now."""
    for i in range(heads[bucket], heads[bucket + 1]):
        pattern = entry[i]
        if grams[i] == whole and stamps[pattern] < stamp:
            row = pattern * ROW
            found = _holds_at(data, start, end, at - rows[row + ANCHOR], rows, row, text, low)
            if found == 1:
                stamps[pattern] = stamp + 1
                seen[holding] = pattern
                holding += 1
            elif found == 2:
                stamps[pattern] = stamp
    return holding


@njit
def _is_asked(rows, row, guards, stamps, held):  # type: ignore[no-untyped-def]
    """Whether a pattern has no guards, or one that holds."""
    for i in range(rows[row + GUARDS], rows[row + GUARDS_END]):
        if stamps[guards[i]] == held:
            return True
    return rows[row + GUARDS] == rows[row + GUARDS_END]


@cfunc(
    types.int64(
        _u8, _i8, _i8, types.int64, types.int64, _u8, _u8, _u8x8, types.int64, _i4, _u8x8, _i4, _i4, _i4, _i4,
        _i2, _i4, _i8, _i8, types.int64, _i4, _i8, _i4, types.int64, _i8,
    )
)  # fmt: skip
def scan(  # type: ignore[no-untyped-def]
    data, ends, fields, columns, events, looked_for, low, bits, order, heads, grams, entry, by_field, empty,
    rows, text, guards, keys, stamps, stamp, seen, sums, out, room, begins,
):  # fmt: skip
    """Adds to `sums` the keys of what holds in each event, and tells the atoms.

    `data`: the values, field by field, each followed by a zero byte; `ends`: where each ends; `fields`: the
    number of each field in the tables. `order`: bits of a bucket's number. `stamps` remembers where a pattern
    was last tried in vain (`stamp`, even) or held (`stamp + 1`); `stamp` is past all that stand there. `seen`
    has room for every pattern. `out` takes the atoms event by event, `begins[event]` where an event's begin.
    Gives how many there are: where that is more than `room`, only the first were told.
    """
    count = 0
    one, low6, eight, tag_at = np.uint64(1), np.uint64(63), np.uint64(8), np.uint64(32)
    bit_at, bucket_at = np.uint64(64 - order - 5), np.uint64(64 - order)
    for event in range(events):
        begins[event] = count
        for column in range(columns):
            field, place, holding = fields[column], column * events + event, 0
            start, end, widths = 0, ends[place], by_field[field * FIELD_ROW + WIDTHS]
            if place:
                start = ends[place - 1] + 1
            for i in range(by_field[field * FIELD_ROW + EMPTY], by_field[field * FIELD_ROW + EMPTY_END]):
                if start == end or rows[empty[i] * ROW + KIND] != EQUALS:
                    stamps[empty[i]] = stamp + 1
                    seen[holding] = empty[i]
                    holding += 1
            for width in range(1, 5):
                if not widths >> width & 1 or end - start < width:
                    continue
                mask, tag = (one << np.uint64(8 * width)) - one, np.uint64(field * 8 + width) << tag_at
                gram, first = np.uint64(0), start + width - 1
                for at in range(start, first):
                    gram = gram << eight | np.uint64(looked_for[data[at]])
                for at in range(first, end):
                    gram = (gram << eight | np.uint64(looked_for[data[at]])) & mask
                    mixed = (gram | tag) * _MIX
                    bit = mixed >> bit_at
                    if bits[np.int64(bit >> np.uint64(6))] >> (bit & low6) & one:
                        holding = _looked_up(
                            data, start, end, at + 1 - width, gram | tag, np.int64(mixed >> bucket_at), heads,
                            grams, entry, rows, text, low, stamps, stamp, seen, holding,
                        )  # fmt: skip
            for i in range(holding):
                pattern = seen[i]
                if _is_asked(rows, pattern * ROW, guards, stamps, stamp + 1):
                    sums[event] += keys[pattern]
                    if count < room:
                        out[count] = rows[pattern * ROW + ATOM]
                    count += 1
        stamp += 2
    begins[events] = count
    return count


@cfunc(types.int64(_u8x8, types.int64, types.int64, _u8x8, _i8))
def fill(grams, count, order, bits, buckets):  # type: ignore[no-untyped-def]
    """Sets the bit of each entry (its bytes with its tag), and gives its bucket."""
    for i in range(count):
        mixed = grams[i] * _MIX
        bit = mixed >> np.uint64(64 - order - 5)
        place = np.int64(bit >> np.uint64(6))
        bits[place] |= np.uint64(1) << (bit & np.uint64(63))
        buckets[i] = np.int64(mixed >> np.uint64(64 - order))
    return count
