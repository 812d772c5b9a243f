"""Compiled: the work on a chunk of packets, and on all flows."""

import numpy as np

from sensors.pcap.compiled import headers, ledger
from sensors.pcap.compiled.headers import ARP, FRAGMENT, LLC, TAKEN
from sensors.pcap.compiled.inner import inner
from sensors.pcap.compiled.layout import BATCH


@inner()
def split(data, at, size, big, nanoseconds, longest, meta):  # type: ignore[no-untyped-def]
    """Finds the records of a pcap file in `data[at:size]`; how many were found, where they end, and whether
    a header there is not one that can be believed."""
    count = 0
    while count < len(meta) and size - at >= 16:
        for field in range(4):
            word = np.uint32(0)
            for byte in range(4):
                shift = 24 - 8 * byte if big else 8 * byte
                word |= np.uint32(data[at + 4 * field + byte]) << np.uint32(shift)
            meta[count, field] = word
        captured = np.int64(meta[count, 2])
        if captured > longest:
            return count, at, True
        if size - at - 16 < captured:
            break
        if nanoseconds:
            meta[count, 1] //= np.uint32(1000)
        meta[count, 2], meta[count, 3] = at + 16, captured
        at += 16 + captured
        count += 1
    return count, at, False


@inner()
def run(t, data, meta, at, first, link):  # type: ignore[no-untyped-def]
    """Meters packets from number `at` of a chunk on, up to a fragment; gives the number where it stopped.

    `meta`: seconds, microseconds, place and size of each packet; `first`: the number of the chunk's first.
    """
    while at < len(meta):
        taken, at, stopped = _decode(t, data, meta, at, first, link)
        ledger.touch(t, taken)
        for place in range(taken):
            ledger.take(t, t.packet[place], data)
        if stopped:
            break
    return at


@inner()
def _decode(t, data, meta, at, first, link):  # type: ignore[no-untyped-def]
    """Fills rows of `packet`: how many, the number of the next packet, and whether that is a fragment."""
    s = t.state[0]
    taken = 0
    while taken < BATCH and at < len(meta):
        p = t.packet[taken]
        begin = np.int64(meta[at, 2])
        status = headers.decode(data, begin, begin + np.int64(meta[at, 3]), link, p, t.packet[BATCH:])
        if status == TAKEN:
            p.time = np.int64(meta[at, 0]) * 1_000_000 + np.int64(meta[at, 1])
            p.index = first + at
            ledger.place(p, s.seed)
            taken += 1
        elif status == FRAGMENT:
            return taken, at, True
        elif status == ARP:
            s.arp += 1
        elif status == LLC:
            s.llc += 1
        else:
            t.odd[s.odd] = at
            s.odd += 1
        at += 1
    return taken, at, False


@inner()
def take(t, data):  # type: ignore[no-untyped-def]
    """Counts the packet that stands in `t.packet[0]`: one from the slow lane."""
    ledger.place(t.packet[0], t.state[0].seed)
    ledger.take(t, t.packet[0], data)


@inner()
def sweep(t, now):  # type: ignore[no-untyped-def]
    """Ends what has been silent for too long at `now`."""
    ledger.sweep(t, now)


@inner()
def finish(t, slots):  # type: ignore[no-untyped-def]
    """Ends these flows, in this order."""
    for slot in slots:
        ledger.finish(t, np.int64(slot))


@inner()
def rehash(t):  # type: ignore[no-untyped-def]
    """Hangs every living flow into `buckets`, which is empty."""
    mask = np.uint64(len(t.buckets) - 1)
    for which in range(2):
        slot = t.state[0].oldest[which]
        while slot >= 0:
            f = t.flows[slot]
            bucket = f.hash & mask
            f.chain = t.buckets[bucket]
            t.buckets[bucket] = slot
            slot = np.int64(t.neighbours[slot, 1])


@inner()
def listed(t, which, slots):  # type: ignore[no-untyped-def]
    """Fills in the living flows of one list, the one heard least recently first."""
    slot = t.state[0].oldest[which]
    for place in range(len(slots)):
        slots[place] = slot
        slot = np.int64(t.neighbours[slot, 1])
    return slots
