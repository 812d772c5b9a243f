"""Compiled: SHA-1 and BLAKE2b (RFC 3174, 7693) of one block, for flow hashes and ids."""

import numpy as np

from sensors.pcap.compiled.inner import inner

_IV = np.array(
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ],
    np.uint64,
)  # fmt: skip
_SIGMA = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    np.uint8,
)
_BLAKE_BLOCK, _SHA_BLOCK = 128, 64


@inner()
def _turned(word, count):  # type: ignore[no-untyped-def]
    return word >> np.uint64(count) | word << np.uint64(64 - count)


@inner()
def _mixed(a, b, c, d, x, y):  # type: ignore[no-untyped-def]
    a += b + x
    d = _turned(d ^ a, 32)
    c += d
    b = _turned(b ^ c, 24)
    a += b + y
    d = _turned(d ^ a, 16)
    c += d
    return a, _turned(b ^ c, 63), c, d


@inner()
def blake2b_128(block, size, v, m):  # type: ignore[no-untyped-def]
    """Of `block[:size]`, at most 128 bytes of a block that is zero behind them; the digest as two words in
    `v[0]` and `v[1]`, little endian. `v` and `m` have 16 words of scratch."""
    for i in range(16):
        word = np.uint64(0)
        for byte in range(8):
            word |= np.uint64(block[8 * i + byte]) << np.uint64(8 * byte)
        m[i] = word
    first = _IV[0] ^ np.uint64(0x01010000 ^ 16)
    v0, v1, v2, v3, v4, v5, v6, v7 = first, _IV[1], _IV[2], _IV[3], _IV[4], _IV[5], _IV[6], _IV[7]
    v8, v9, v10, v11, v12, v13, v14, v15 = _IV[0], _IV[1], _IV[2], _IV[3], _IV[4], _IV[5], _IV[6], _IV[7]
    v12 ^= np.uint64(size)
    v14 = ~v14
    for turn in range(12):
        s = _SIGMA[turn % 10]
        v0, v4, v8, v12 = _mixed(v0, v4, v8, v12, m[s[0]], m[s[1]])
        v1, v5, v9, v13 = _mixed(v1, v5, v9, v13, m[s[2]], m[s[3]])
        v2, v6, v10, v14 = _mixed(v2, v6, v10, v14, m[s[4]], m[s[5]])
        v3, v7, v11, v15 = _mixed(v3, v7, v11, v15, m[s[6]], m[s[7]])
        v0, v5, v10, v15 = _mixed(v0, v5, v10, v15, m[s[8]], m[s[9]])
        v1, v6, v11, v12 = _mixed(v1, v6, v11, v12, m[s[10]], m[s[11]])
        v2, v7, v8, v13 = _mixed(v2, v7, v8, v13, m[s[12]], m[s[13]])
        v3, v4, v9, v14 = _mixed(v3, v4, v9, v14, m[s[14]], m[s[15]])
    v[0], v[1] = first ^ v0 ^ v8, _IV[1] ^ v1 ^ v9


@inner()
def _u4(word):  # type: ignore[no-untyped-def]
    """Of 32 bits again, which numba's sums are not."""
    return np.uint32(word)


@inner()
def _rolled(word, count):  # type: ignore[no-untyped-def]
    return _u4(word << np.uint32(count) | word >> np.uint32(32 - count))


@inner()
def _stirred(w, begin, stop, kind, constant, five):  # type: ignore[no-untyped-def]
    """Twenty rounds; `kind` says how b, c and d are mixed in them."""
    a, b, c, d, e = five
    for i in range(begin, stop):
        if kind == 0:
            mixed = d ^ (b & (c ^ d))
        elif kind == 1:
            mixed = b ^ c ^ d
        else:
            mixed = (b & c) | (d & (b | c))
        mixed = _u4(_u4(mixed + constant) + _u4(_u4(_rolled(a, 5) + e) + w[i]))
        e, d, c, b, a = d, c, _rolled(b, 30), a, mixed
    return a, b, c, d, e


@inner()
def sha1(block, size, digest, w):  # type: ignore[no-untyped-def]
    """Of `block[:size]`, at most 55 bytes of a block that is zero behind them, into `digest` (5 words).
    `w` has 80 words of scratch."""
    block[size] = 0x80
    block[62], block[63] = size * 8 >> 8, size * 8 & 0xFF
    for i in range(16):
        word = np.int64(block[4 * i]) << 24 | np.int64(block[4 * i + 1]) << 16
        w[i] = word | np.int64(block[4 * i + 2]) << 8 | np.int64(block[4 * i + 3])
    for i in range(16, 80):
        w[i] = _rolled(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1)
    begun = _u4(0x67452301), _u4(0xEFCDAB89), _u4(0x98BADCFE), _u4(0x10325476), _u4(0xC3D2E1F0)
    five = _stirred(w, 0, 20, 0, _u4(0x5A827999), begun)
    five = _stirred(w, 20, 40, 1, _u4(0x6ED9EBA1), five)
    five = _stirred(w, 40, 60, 2, _u4(0x8F1BBCDC), five)
    five = _stirred(w, 60, 80, 1, _u4(0xCA62C1D6), five)
    for i in range(5):
        digest[i] = _u4(five[i] + begun[i])
