"""Compiled: one JSON text, taken out of its quotes (RFC 8259, section 7). Places below 0: not like this."""

from numba import njit

from taishi.kit.octets import WIDE, copied, plain

_QUOTE, _BACKSLASH, _SLASH, _U = map(ord, '"\\/u')


@njit
def text_at(source, at, text, to):  # type: ignore[no-untyped-def]
    """Copies the text that begins at a place, escapes resolved: where it ends in both, whether all ASCII."""
    is_ascii = True
    while True:
        count = plain(source, at)
        copied(text, to, source, at)
        at, to = at + count, to + count
        if count == WIDE:
            continue
        byte = source[at]
        if byte == _QUOTE:
            return at + 1, to, is_ascii
        if byte == _BACKSLASH and source[at + 1] != _U:
            meant = _meant(source[at + 1])
            if meant == 0:
                return -1, to, is_ascii
            text[to] = meant
            at, to = at + 2, to + 1
        elif byte == _BACKSLASH:
            code, at = _code(source, at + 2)
            if code <= 0:
                return -1, to, is_ascii
            is_ascii &= code < 0x80
            to = _written(code, text, to)
        else:
            width = _width(source, at)
            if width == 0:
                return -1, to, is_ascii
            is_ascii = False
            for i in range(width):
                text[to + i] = source[at + i]
            at, to = at + width, to + width


@njit
def _meant(byte):  # type: ignore[no-untyped-def]
    """What a letter after a backslash means, 0 where it may not stand there."""
    if byte in (_QUOTE, _BACKSLASH, _SLASH):
        return byte
    if byte == ord("n"):
        return ord("\n")
    if byte == ord("t"):
        return ord("\t")
    if byte == ord("r"):
        return ord("\r")
    if byte == ord("b"):
        return ord("\b")
    return ord("\f") if byte == ord("f") else 0


@njit
def _four(source, at):  # type: ignore[no-untyped-def]
    """Four hexadecimal digits as a number, below 0 where they are none."""
    found = 0
    for i in range(at, at + 4):
        byte = source[i]
        if ord("0") <= byte <= ord("9"):
            digit = byte - ord("0")
        elif ord("a") <= byte | 0x20 <= ord("f"):
            digit = (byte | 0x20) - ord("a") + 10
        else:
            return -1
        found = found << 4 | digit
    return found


@njit
def _code(source, at):  # type: ignore[no-untyped-def]
    """The character that digits stand for, and the place after them; below 0 for half a pair."""
    code = _four(source, at)
    if not 0xD800 <= code < 0xE000:
        return code, at + 4
    if code >= 0xDC00 or source[at + 4] != _BACKSLASH or source[at + 5] != _U:
        return -1, at
    low = _four(source, at + 6)
    if not 0xDC00 <= low < 0xE000:
        return -1, at
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), at + 10


@njit
def _written(code, text, to):  # type: ignore[no-untyped-def]
    """Writes a character as UTF-8; gives the place after it."""
    if code < 0x80:
        text[to] = code
        return to + 1
    if code < 0x800:
        text[to], text[to + 1] = 0xC0 | code >> 6, 0x80 | code & 0x3F
        return to + 2
    if code < 0x10000:
        text[to], text[to + 1], text[to + 2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
        return to + 3
    text[to], text[to + 1] = 0xF0 | code >> 18, 0x80 | code >> 12 & 0x3F
    text[to + 2], text[to + 3] = 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
    return to + 4


@njit
def _width(source, at):  # type: ignore[no-untyped-def]
    """How many bytes a character beyond ASCII has; 0 where it is no UTF-8 (RFC 3629, section 4)."""
    first, second = source[at], source[at + 1]
    if 0xC2 <= first <= 0xDF:
        return 2 if second & 0xC0 == 0x80 else 0
    if 0xE0 <= first <= 0xEF:
        lowest = 0xA0 if first == 0xE0 else 0x80
        highest = 0x9F if first == 0xED else 0xBF
        return 3 if lowest <= second <= highest and source[at + 2] & 0xC0 == 0x80 else 0
    if 0xF0 <= first <= 0xF4:
        lowest = 0x90 if first == 0xF0 else 0x80
        highest = 0x8F if first == 0xF4 else 0xBF
        rest = source[at + 2] & 0xC0 == 0x80 and source[at + 3] & 0xC0 == 0x80
        return 4 if lowest <= second <= highest and rest else 0
    return 0
