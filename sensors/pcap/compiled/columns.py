"""Compiled: flows that have ended, as columns of numbers and of text."""

import numpy as np

from sensors.pcap.compiled.digests import blake2b_128, sha1
from sensors.pcap.compiled.extra import put_extra, put_history, state
from sensors.pcap.compiled.inner import inner
from sensors.pcap.compiled.text import put, put_address, put_base64, put_mac, put_number, put_word_hex

_COMMUNITY = np.frombuffer(b"1:", np.uint8)


@inner()
def _is_ported(transport):  # type: ignore[no-untyped-def]
    return transport == 6 or transport == 17 or transport == 1 or transport == 58 or transport == 132


@inner()
def numbers(t, slots, out):  # type: ignore[no-untyped-def]
    """Fills rows of `out` in the order of `NUMBERS`; transport, version and state as numbers."""
    for i in range(len(slots)):
        f = t.flows[slots[i]]
        turned = np.int64(f.turned ^ f.corrected)
        source, destination = t.halves[slots[i], turned], t.halves[slots[i], 1 - turned]
        out[0, i], out[1, i], out[2, i] = f.start, f.end, (f.end - f.start) * 1000
        out[3, i] = source.bytes + destination.bytes
        out[4, i] = source.packets + destination.packets
        out[5, i], out[6, i] = source.bytes, source.packets
        out[7, i], out[8, i] = destination.bytes, destination.packets
        out[9, i], out[10, i] = source.payload, destination.payload
        low, high = f.ports >> 16, f.ports & 0xFFFF
        out[11, i], out[12, i] = (low, high) if turned == f.swapped else (high, low)
        out[13, i], out[14, i], out[15, i] = f.index, f.transport, f.version
        out[16, i] = state(f, source, destination)
        out[17, i], out[18, i] = source.head, source.head_size
        out[19, i], out[20, i] = destination.head, destination.head_size


@inner()
def texts(t, slots, prefix, scratch, out, ends):  # type: ignore[no-untyped-def]
    """Fills `out` with the texts of each column of `TEXTS` in turn; `ends[c, i]` is where text `i` ends.

    `prefix`: what every id begins with (see `taishi.core.ids.stable_id`); `scratch`: 512 numbers.
    """
    words = scratch[:32].view(np.uint64)
    block = scratch[32:48].view(np.uint8)
    counts = scratch[128:384]
    at = 0
    for column in range(9):
        for i in range(len(slots)):
            f = t.flows[slots[i]]
            turned = np.int64(f.turned ^ f.corrected)
            source, destination = t.halves[slots[i], turned], t.halves[slots[i], 1 - turned]
            if column < 2:
                at = _put_end(out, at, f, column == 0)
            elif column < 4:
                at = put_mac(out, at, source.mac if column == 2 else destination.mac)
            elif column == 4:
                at = put_number(out, at, np.int64(f.vlan & 0xFFF)) if f.vlan else at
            elif column == 5:
                at = put_history(out, at, f, source, destination)
            elif column == 6:
                at = _put_community(out, at, f, block, scratch[384:389], scratch[400:440].view(np.uint32))
            elif column == 7:
                at = _put_id(out, at, f, source, destination, prefix, block, words)
            else:
                at = put_extra(out, at, f, source, destination, t.heads, counts)
            ends[column, i + 1] = at
        if column < 8:
            ends[column + 1, 0] = at


@inner()
def _put_end(out, at, f, of_source):  # type: ignore[no-untyped-def]
    if (f.turned ^ f.corrected == f.swapped) == of_source:
        return put_address(out, at, f.version, f.a_high, f.a_low)
    return put_address(out, at, f.version, f.b_high, f.b_low)


@inner()
def _put_bytes(block, at, word, count):  # type: ignore[no-untyped-def]
    """The lowest bytes of a word, the highest of them first."""
    for i in range(count):
        block[at + i] = np.int64(word >> np.uint64(8 * (count - 1 - i)) & np.uint64(0xFF))
    return at + count


@inner()
def _put_community(out, at, f, block, digest, w):  # type: ignore[no-untyped-def]
    """Community ID v1, seed 0; the key's order is the one it asks for."""
    for i in range(64):
        block[i] = 0
    size = 2
    if f.version == 4:
        size = _put_bytes(block, size, f.a_low, 4)
        size = _put_bytes(block, size, f.b_low, 4)
    else:
        size = _put_bytes(block, _put_bytes(block, size, f.a_high, 8), f.a_low, 8)
        size = _put_bytes(block, _put_bytes(block, size, f.b_high, 8), f.b_low, 8)
    block[size] = f.transport
    size += 2
    if _is_ported(f.transport):
        size = _put_bytes(block, size, np.uint64(f.ports), 4)
    sha1(block, size, digest, w)
    return put_base64(out, put(out, at, _COMMUNITY), digest)


@inner()
def _put_id(out, at, f, source, destination, prefix, block, words):  # type: ignore[no-untyped-def]
    """`stable_id("flow", identity, record, content)`, content being the end and what each side sent."""
    for i in range(128):
        block[i] = 0
    size = put(block, 0, prefix)
    end = put_number(block, size + 8, f.index)
    block[size + 7] = end - size - 8
    block[end + 7] = 40
    size = _put_bytes(block, end + 8, np.uint64(f.end), 8)
    for h in (source, destination):
        size = _put_bytes(block, size, np.uint64(h.packets), 8)
        size = _put_bytes(block, size, np.uint64(h.bytes), 8)
    blake2b_128(block, size, words[:16], words[16:])
    return put_word_hex(out, put_word_hex(out, at, words[0]), words[1])
