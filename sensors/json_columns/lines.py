"""Compiled: lines of JSON objects become texts and numbers of shapes; what is not plain is left to others.

Plain is an object of texts, whole numbers of at most 18 digits, true, false, null and such objects, none of
them empty; its names are ASCII without escapes. What is taken is valid JSON and means what any reader says.
"""

from numba import cfunc, njit, types

from sensors.json_columns.nodes import (
    BYTES,
    CLOSE,
    DEEPEST,
    FALSE,
    LENGTH,
    NOTHING,
    OBJECT,
    ROOT,
    ROW,
    TEXT,
    TOLD,
    TRUE,
    WHOLE,
)
from sensors.json_columns.texts import text_at
from sensors.json_columns.tree import ended, named, stepped, valued

_QUOTE, _COMMA, _COLON, _OPEN, _CLOSE = map(ord, '",:{}')
_MINUS, _ZERO, _NINE = map(ord, "-09")
_FEED, _RETURN = map(ord, "\n\r")
_DIGITS = 18

_u1, _i4, _i8 = (types.CPointer(one) for one in (types.uint8, types.int32, types.int64))  # type: ignore[no-untyped-call]


@njit
def _after(source, at):  # type: ignore[no-untyped-def]
    """The place after blanks; a line's end is none."""
    while source[at] == ord(" ") or source[at] == ord("\t"):
        at += 1
    return at


@njit
def _whole(source, at):  # type: ignore[no-untyped-def]
    """The place after a whole number; below 0 where it is none, or another way to write one."""
    first = at + (source[at] == _MINUS)
    end = first
    while _ZERO <= source[end] <= _NINE:
        end += 1
    if end == first or end - first > _DIGITS or (source[first] == _ZERO and end > at + 1):
        return -1
    return end


@njit
def _word(source, at):  # type: ignore[no-untyped-def]
    """true, false or null: the place after it, and its sort."""
    if source[at] == ord("t") and source[at + 1] == ord("r") and source[at + 2] == ord("u"):
        return (at + 4 if source[at + 3] == ord("e") else -1), TRUE
    if source[at] == ord("n") and source[at + 1] == ord("u") and source[at + 2] == ord("l"):
        return (at + 4 if source[at + 3] == ord("l") else -1), NOTHING
    if source[at] == ord("f") and source[at + 1] == ord("a") and source[at + 2] == ord("l"):
        return (at + 5 if source[at + 3] == ord("s") and source[at + 4] == ord("e") else -1), FALSE
    return -1, NOTHING


@njit
def _value(source, at, text, to):  # type: ignore[no-untyped-def]
    """A value that is no object: where it ends, its sort, where its text ends, and whether it is ASCII."""
    byte = source[at]
    if byte == _QUOTE:
        at, to, is_ascii = text_at(source, at + 1, text, to)
        return at, TEXT, to, is_ascii
    if byte == _MINUS or _ZERO <= byte <= _NINE:
        end, sort = _whole(source, at), WHOLE
    else:
        end, sort = _word(source, at)
    if sort != NOTHING:
        for i in range(at, end):
            text[to] = source[i]
            to += 1
    return end, sort, to, True


@njit
def _line(  # type: ignore[no-untyped-def]
    source, at, text, to, spans, count, nodes, names, counts, told, told_size
):  # fmt: skip
    """One line: its shape, below 0 where not plain; where it ends; where texts do; values; whether ASCII."""
    state, depth, all_ascii, failed = ROOT, 1, True, -1
    at = _after(source, at)
    if source[at] != _OPEN:
        return failed, at, to, count, all_ascii
    at = _after(source, at + 1)
    while True:
        if source[at] != _QUOTE:
            return failed, at, to, count, all_ascii
        node = named(source, at + 1, state, nodes, names, counts, told, told_size)
        if node == 0:
            return failed, at, to, count, all_ascii
        at = _after(source, at + 1 + nodes[node * ROW + LENGTH])
        if source[at] != _COLON:
            return failed, at, to, count, all_ascii
        at = _after(source, at + 1)
        if source[at] == _OPEN:
            state, depth, at = stepped(node, OBJECT, nodes, counts), depth + 1, _after(source, at + 1)
            if state == 0 or depth > DEEPEST:
                return failed, at, to, count, all_ascii
            continue
        begin, first = at, to
        at, sort, to, is_ascii = _value(source, at, text, to)
        if at < 0:
            return failed, at, to, count, all_ascii
        spans[2 * count], spans[2 * count + 1] = first, to
        text[to] = 0
        to, count, all_ascii = to + 1, count + 1, all_ascii & is_ascii
        if nodes[node * ROW + TOLD]:
            state = valued(source, begin, at, node, sort, nodes, names, counts)
        else:
            state = stepped(node, sort, nodes, counts)
        at = _after(source, at)
        while source[at] == _CLOSE and depth > 1 and state:
            state, depth, at = stepped(state, CLOSE, nodes, counts), depth - 1, _after(source, at + 1)
        if state == 0:
            return failed, at, to, count, all_ascii
        if source[at] == _CLOSE:
            at = _after(source, at + 1)
            while source[at] == _RETURN:
                at += 1
            leaf = ended(state, nodes, counts) if source[at] == _FEED else failed
            return leaf, at, to, count, all_ascii
        if source[at] != _COMMA:
            return failed, at, to, count, all_ascii
        at = _after(source, at + 1)


@njit
def _end(source, at):  # type: ignore[no-untyped-def]
    """The place of the next line feed."""
    while source[at] != _FEED:
        at += 1
    return at


@njit
def _is_blank(source, at, end):  # type: ignore[no-untyped-def]
    while at < end and (source[at] == ord(" ") or ord("\t") <= source[at] <= ord("\r")):
        at += 1
    return at == end


@cfunc(
    types.int64(
        _u1, types.int64, types.int64, _u1, _i4, _i8, _i8, _i8, _i4, _u1, _i4, _u1, _i8, _u1, types.int64
    )
)
def read(  # type: ignore[no-untyped-def]
    source, size, longest, text, spans, starts, stops, begins, shapes, beyond, nodes, names, counts, told,
    told_size,
):  # fmt: skip
    """Reads lines, a line feed after each; gives how many, without blank ones up to `longest`.

    `text`, `spans` and what has an entry a line have room for all that may come. `text`: values with a zero
    after each; `spans`: where each begins and ends; `starts`, `stops`: where a line does in the source;
    `begins`: which of the spans is a line's first; `shapes`: a line's shape, below 0 where it is not plain;
    `beyond`: whether some value is not ASCII.
    """
    to, count, at, line = 0, 0, 0, 0
    while at < size:
        shape, stop, after, found, is_ascii = _line(
            source, at, text, to, spans, count, nodes, names, counts, told, told_size
        )
        if shape < 0:
            stop = _end(source, at)
        else:
            to = after
        if shape >= 0 or stop - at > longest or not _is_blank(source, at, stop):
            starts[line], stops[line], begins[line] = at, stop, count
            shapes[line], beyond[line] = shape, not is_ascii
            line += 1
        if shape >= 0:
            count = found
        at = stop + 1
    counts[BYTES] = to
    return line
