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
    ]
)
_BLAKE_BLOCK, _SHA_BLOCK = 128, 64
#: The four words that each step of a round mixes.
_STEPS = np.array(
    [
        [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
        [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
    ]
)  # fmt: skip


@inner()
def _turned(word, count):  # type: ignore[no-untyped-def]
    return word >> np.uint64(count) | word << np.uint64(64 - count)


@inner()
def blake2b_128(block, size, v, m):  # type: ignore[no-untyped-def]
    """Of `block[:size]`, at most 128 bytes of a block that is zero behind them; the digest as two words in
    `v[0]` and `v[1]`, little endian. `v` and `m` have 16 words of scratch."""
    for i in range(16):
        word = np.uint64(0)
        for byte in range(8):
            word |= np.uint64(block[8 * i + byte]) << np.uint64(8 * byte)
        m[i] = word
        v[i] = _IV[i & 7]
    first = _IV[0] ^ np.uint64(0x01010000 ^ 16)
    v[0] = first
    v[12] ^= np.uint64(size)
    v[14] = ~v[14]
    for turn in range(12):
        for step in range(8):
            a, b, c, d = _STEPS[step]
            v[a] += v[b] + m[_SIGMA[turn % 10, 2 * step]]
            v[d] = _turned(v[d] ^ v[a], 32)
            v[c] += v[d]
            v[b] = _turned(v[b] ^ v[c], 24)
            v[a] += v[b] + m[_SIGMA[turn % 10, 2 * step + 1]]
            v[d] = _turned(v[d] ^ v[a], 16)
            v[c] += v[d]
            v[b] = _turned(v[b] ^ v[c], 63)
    v[0] ^= first ^ v[8]
    v[1] ^= _IV[1] ^ v[9]


@inner()
def _rolled(word, count):  # type: ignore[no-untyped-def]
    word &= 0xFFFFFFFF
    return (word << count | word >> (32 - count)) & 0xFFFFFFFF


@inner()
def sha1(block, size, digest, w):  # type: ignore[no-untyped-def]
    """Of `block[:size]`, at most 55 bytes of a block that is zero behind them, into `digest` (5 words).
    `w` has 80 words of scratch."""
    block[size] = 0x80
    block[62], block[63] = size * 8 >> 8, size * 8 & 0xFF
    for i in range(16):
        w[i] = np.int64(block[4 * i]) << 24 | np.int64(block[4 * i + 1]) << 16
        w[i] |= np.int64(block[4 * i + 2]) << 8 | np.int64(block[4 * i + 3])
    for i in range(16, 80):
        w[i] = _rolled(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1)
    a, b, c, d, e = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0
    for i in range(80):
        if i < 20:
            mixed = (b & c | ~b & d) + 0x5A827999
        elif i < 40:
            mixed = (b ^ c ^ d) + 0x6ED9EBA1
        elif i < 60:
            mixed = (b & c | b & d | c & d) + 0x8F1BBCDC
        else:
            mixed = (b ^ c ^ d) + 0xCA62C1D6
        mixed = (mixed + _rolled(a, 5) + e + w[i]) & 0xFFFFFFFF
        e, d, c, b, a = d, c, _rolled(b, 30), a, mixed
    digest[0], digest[1] = (a + 0x67452301) & 0xFFFFFFFF, (b + 0xEFCDAB89) & 0xFFFFFFFF
    digest[2], digest[3] = (c + 0x98BADCFE) & 0xFFFFFFFF, (d + 0x10325476) & 0xFFFFFFFF
    digest[4] = (e + 0xC3D2E1F0) & 0xFFFFFFFF
