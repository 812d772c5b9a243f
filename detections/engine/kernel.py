"""The compiled inner loop: which patterns hold in which values. Only `scan.py` asks for it.

Each place of a value is looked at once: the four bytes that end there are hashed with the field, and a bit
says whether any pattern may be found there; only then it is compared (after Wu and Manber, TR-94-17, with the
rarest bytes of each pattern in place of its last ones). Two bytes say whether a shorter pattern may end.
What can only stand at the end of a value (or is short and can only stand at its start) is looked for there
alone.

Patterns are rows of numbers (`KIND` … `GUARDS_END`). Everything is a pointer, so that the code stands by
itself (see `taishi.kit.native`).
"""

import numpy as np
from numba import cfunc, njit, types

from detections.engine.patterns import (
    AT_END,
    AT_START,
    BEFORE_END,
    CASED,
    CONTAINS,
    DASH,
    ENDS,
    EQUALS,
    LIKE,
    MANY,
    ONE,
    SKIPPED,
    STARTS,
    WIDEST,
)

#: What stands in a pattern's row. AT, LENGTH: its bytes in `text`, up to END a wildcard pattern's tokens.
KIND, FLAGS, AT, LENGTH, END, ANCHOR, ATOM, GUARDS, GUARDS_END, ROW = range(10)
#: In a field's row: widths in use, a bit each, at `ANYWHERE` and so on; patterns of no bytes; which of the
#: tables in `pairs` is its own.
WIDTHS, EMPTY, EMPTY_END, PAIRS, FIELD_ROW = range(5)
#: Words of a field's table of two bytes.
PAIRS_SIZE = 65536 // 64
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


@njit
def _gram(data, at, width, looked_for):  # type: ignore[no-untyped-def]
    """The bytes from a place on, as they are looked for."""
    gram = np.uint64(0)
    for i in range(at, at + width):
        gram = gram << np.uint64(8) | np.uint64(looked_for[data[i]])
    return gram


@njit
def _tried(  # type: ignore[no-untyped-def]
    data, start, end, at, width, where, field, gram, bits, order, heads, grams, entry, rows, text, low,
    stamps, stamp, seen, holding,
):  # fmt: skip
    """Compares the patterns whose rarest bytes are those that begin at a place, where its bit is set."""
    whole = gram | np.uint64(field * 64 + where * 8 + width) << np.uint64(32)
    mixed = whole * _MIX
    bit = mixed >> np.uint64(64 - order - 5)
    if not bits[np.int64(bit >> np.uint64(6))] >> (bit & np.uint64(63)) & np.uint64(1):
        return holding
    bucket = np.int64(mixed >> np.uint64(64 - order))
    return _looked_up(
        data,
        start,
        end,
        at,
        whole,
        bucket,
        heads,
        grams,
        entry,
        rows,
        text,
        low,
        stamps,
        stamp,
        seen,
        holding,
    )


@njit
def _at_edges(  # type: ignore[no-untyped-def]
    data, start, end, widths, field, looked_for, bits, order, heads, grams, entry, rows, text, low, stamps,
    stamp, seen, holding,
):  # fmt: skip
    """What can only stand at the start or at the end of the value."""
    for where in range(AT_END, AT_START + 1):
        used = widths >> 8 * where & 0x1F
        skipped = SKIPPED if where == BEFORE_END else 0
        for width in range(1, WIDEST + 1):
            if not used >> width & 1 or end - start < width + skipped:
                continue
            at = start if where == AT_START else end - skipped - width
            holding = _tried(
                data, start, end, at, width, where, field, _gram(data, at, width, looked_for), bits, order,
                heads, grams, entry, rows, text, low, stamps, stamp, seen, holding,
            )  # fmt: skip
    return holding


@njit
def _short_at(  # type: ignore[no-untyped-def]
    data, start, end, at, widths, field, gram, bits, order, heads, grams, entry, rows, text, low, stamps,
    stamp, seen, holding,
):  # fmt: skip
    """Patterns of less than four bytes that end before a place."""
    for width in range(1, WIDEST):
        if widths >> width & 1 and at - start >= width:
            mask = (np.uint64(1) << np.uint64(8 * width)) - np.uint64(1)
            holding = _tried(
                data, start, end, at - width, width, 0, field, gram & mask, bits, order, heads, grams, entry,
                rows, text, low, stamps, stamp, seen, holding,
            )  # fmt: skip
    return holding


@njit
def _short_anywhere(  # type: ignore[no-untyped-def]
    data, start, end, widths, field, table, looked_for, pairs, bits, order, heads, grams, entry, rows, text,
    low, stamps, stamp, seen, holding,
):  # fmt: skip
    """Patterns of less than four bytes, wherever the field's table says that one may end."""
    gram, pair_of, low6 = np.uint64(0), np.uint64(0xFFFF), np.uint64(63)
    for at in range(start, end):
        gram = (gram << np.uint64(8) | np.uint64(looked_for[data[at]])) & np.uint64(0xFFFFFFFF)
        pair = gram & pair_of
        if pairs[table + np.int64(pair >> np.uint64(6))] >> (pair & low6) & np.uint64(1):
            holding = _short_at(
                data, start, end, at + 1, widths, field, gram, bits, order, heads, grams, entry, rows, text,
                low, stamps, stamp, seen, holding,
            )  # fmt: skip
    return holding


@njit
def _anywhere(  # type: ignore[no-untyped-def]
    data, start, end, field, looked_for, bits, order, heads, grams, entry, rows, text, low, stamps, stamp,
    seen, holding,
):  # fmt: skip
    """Patterns of four bytes and more; the caller knows that the value has as many."""
    first = start + WIDEST - 1
    gram = _gram(data, start, WIDEST - 1, looked_for)
    for at in range(first, end):
        gram = (gram << np.uint64(8) | np.uint64(looked_for[data[at]])) & np.uint64(0xFFFFFFFF)
        holding = _tried(
            data, start, end, at + 1 - WIDEST, WIDEST, 0, field, gram, bits, order, heads, grams, entry, rows,
            text, low, stamps, stamp, seen, holding,
        )  # fmt: skip
    return holding


@njit
def held_in(  # type: ignore[no-untyped-def]
    data, start, end, field, looked_for, low, bits, order, pairs, heads, grams, entry, by_field, empty, rows,
    text, guards, stamps, stamp, seen,
):  # fmt: skip
    """The patterns that hold in one value: how many, in `seen`. Everything is as in `scan`."""
    holding, widths = 0, by_field[field * FIELD_ROW + WIDTHS]
    for i in range(by_field[field * FIELD_ROW + EMPTY], by_field[field * FIELD_ROW + EMPTY_END]):
        if start == end or rows[empty[i] * ROW + KIND] != EQUALS:
            stamps[empty[i]] = stamp + 1
            seen[holding] = empty[i]
            holding += 1
    if widths >> 8:
        holding = _at_edges(
            data, start, end, widths, field, looked_for, bits, order, heads, grams, entry, rows, text, low,
            stamps, stamp, seen, holding,
        )  # fmt: skip
    if widths & 0xE:
        table = by_field[field * FIELD_ROW + PAIRS] * PAIRS_SIZE
        holding = _short_anywhere(
            data, start, end, widths, field, table, looked_for, pairs, bits, order, heads, grams, entry, rows,
            text, low, stamps, stamp, seen, holding,
        )  # fmt: skip
    if widths >> WIDEST & 1 and end - start >= WIDEST:
        holding = _anywhere(
            data, start, end, field, looked_for, bits, order, heads, grams, entry, rows, text, low, stamps,
            stamp, seen, holding,
        )  # fmt: skip
    kept = 0
    for i in range(holding):
        if _is_asked(rows, seen[i] * ROW, guards, stamps, stamp + 1):
            seen[kept] = seen[i]
            kept += 1
    return kept


@cfunc(
    types.int64(
        _u8, _i4, _i8, _i8, _i8, types.int64, types.int64, _u8, _u8, _u8x8, types.int64, _u8x8, _i4, _u8x8,
        _i4, _i4, _i4, _i4, _i2, _i4, _i8, _i8, types.int64, _i4, _i8, _i4, types.int64, _i8,
    )
)  # fmt: skip
def scan(  # type: ignore[no-untyped-def]
    data, spans, firsts, fields, places, columns, events, looked_for, low, bits, order, pairs, heads, grams,
    entry, by_field, empty, rows, text, guards, keys, stamps, stamp, seen, sums, out, room, begins,
):  # fmt: skip
    """Adds to `sums` the keys of what holds in each event, and tells the atoms.

    `spans`: where values begin and end in `data`; `firsts`: an event's first one, from which `places` are
    counted, one for each field; `fields`: the number of each field in the tables. `order`: bits of a bucket's
    number. `pairs`: a table of bits for each field that has short patterns, by the last two bytes of one.
    `stamps` remembers where a pattern was last tried in vain (`stamp`, even) or held (`stamp + 1`); it is
    past all that stand there. `seen` has room for every pattern. `out` takes the atoms event by event,
    `begins[event]` where an event's begin. Gives how many there are: where that is more than `room`, only the
    first were told.
    """
    count = 0
    for event in range(events):
        begins[event] = count
        for column in range(columns):
            at = firsts[event] + places[column]
            holding = held_in(
                data, spans[2 * at], spans[2 * at + 1], fields[column], looked_for, low, bits, order, pairs,
                heads, grams, entry, by_field, empty, rows, text, guards, stamps, stamp, seen,
            )  # fmt: skip
            for i in range(holding):
                sums[event] += keys[seen[i]]
                if count < room:
                    out[count] = rows[seen[i] * ROW + ATOM]
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
