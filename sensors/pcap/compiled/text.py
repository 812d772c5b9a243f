"""Compiled: numbers, addresses and hashes as text. Each function writes at `at` and gives the place after."""

import numpy as np

from sensors.pcap.compiled.inner import inner

_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_CAPITALS = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_BASE64 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)
_COLON, _DOT, _HYPHEN, _ZERO = ord(":"), ord("."), ord("-"), ord("0")


@inner()
def put(out, at, text):  # type: ignore[no-untyped-def]
    for i in range(len(text)):
        out[at + i] = text[i]
    return at + len(text)


@inner()
def put_number(out, at, number):  # type: ignore[no-untyped-def]
    """A whole number in decimal."""
    if number < 0:
        out[at] = _HYPHEN
        at += 1
        number = -number
    digits = 1
    bound = 10
    while number >= bound and digits < 18:
        digits += 1
        bound *= 10
    for place in range(digits - 1, -1, -1):
        out[at + place] = _ZERO + number % 10
        number //= 10
    return at + digits


@inner()
def put_hex(out, at, data, size):  # type: ignore[no-untyped-def]
    for i in range(size):
        out[at + 2 * i], out[at + 2 * i + 1] = _HEX[data[i] >> 4], _HEX[data[i] & 15]
    return at + 2 * size


@inner()
def put_word_hex(out, at, word):  # type: ignore[no-untyped-def]
    """Eight bytes, the lowest first."""
    for i in range(8):
        byte = np.int64(word >> np.uint64(8 * i) & np.uint64(0xFF))
        out[at + 2 * i], out[at + 2 * i + 1] = _HEX[byte >> 4], _HEX[byte & 15]
    return at + 16


@inner()
def put_mac(out, at, mac):  # type: ignore[no-untyped-def]
    """As ECS writes it; nothing where there is none."""
    if not mac:
        return at
    for i in range(6):
        if i:
            out[at] = _HYPHEN
            at += 1
        byte = np.int64(mac >> np.uint64(40 - 8 * i) & np.uint64(0xFF))
        out[at], out[at + 1] = _CAPITALS[byte >> 4], _CAPITALS[byte & 15]
        at += 2
    return at


@inner()
def put_ipv4(out, at, low):  # type: ignore[no-untyped-def]
    for i in range(4):
        if i:
            out[at] = _DOT
            at += 1
        at = put_number(out, at, np.int64(low >> np.uint64(24 - 8 * i) & np.uint64(0xFF)))
    return at


@inner()
def _group(high, low, number):  # type: ignore[no-untyped-def]
    word = high if number < 4 else low
    return np.int64(word >> np.uint64(48 - 16 * (number & 3)) & np.uint64(0xFFFF))


@inner()
def _zeros(high, low):  # type: ignore[no-untyped-def]
    """Where the longest row of zero groups begins, the first of them, and how long it is."""
    best, most, here = -1, 1, 0
    for number in range(8):
        here = 0 if _group(high, low, number) else here + 1
        if here > most:
            best, most = number - here + 1, here
    return best, most


@inner()
def put_ipv6(out, at, high, low):  # type: ignore[no-untyped-def]
    """RFC 5952, with the last 32 bits as IPv4 writes them where they are such an address (5)."""
    best, most = _zeros(high, low)
    number = 0
    while number < 8:
        if number == best:
            out[at] = out[at + 1] = _COLON
            at += 2
            number += most
            continue
        if number and number != best + most:
            out[at] = _COLON
            at += 1
        if number == 6 and best == 0 and (most == 6 or (most == 5 and _group(high, low, 5) == 0xFFFF)):
            return put_ipv4(out, at, low)
        value = _group(high, low, number)
        for shift in (12, 8, 4, 0):
            if value >> shift or not shift:
                out[at] = _HEX[value >> shift & 15]
                at += 1
        number += 1
    return at


@inner()
def put_address(out, at, version, high, low):  # type: ignore[no-untyped-def]
    return put_ipv4(out, at, low) if version == 4 else put_ipv6(out, at, high, low)


@inner()
def put_base64(out, at, words):  # type: ignore[no-untyped-def]
    """Five words of 32 bits, the highest byte first: 28 characters."""
    for three in range(7):
        bits = 0
        for byte in range(3 * three, 3 * three + 3):
            value = words[byte >> 2] >> (24 - 8 * (byte & 3)) & 0xFF if byte < 20 else 0
            bits = bits << 8 | value
        for i in range(4):
            out[at + i] = _BASE64[bits >> (18 - 6 * i) & 63]
        at += 4
    out[at - 1] = ord("=")
    return at
