"""Compiled: the flows that are alive. The same rules as the plain-Python table that the tests keep.

Flows hang in a hash table by chains and in two lists by when they were last heard (TCP, others), so that
the silent ones stand first. A slot is not used again before its flow was taken from `done`.
"""

import numpy as np

from sensors.pcap.community import ICMP, ICMP6, is_icmp_answer
from sensors.pcap.compiled.inner import inner
from sensors.pcap.compiled.layout import HEAD_BYTES, LENGTHS, NONE, OTHER_LIST, TCP_LIST
from sensors.pcap.flow import ACK, BARE, FIN, LOADED, SERVICES, SYN

_LEAP = 86_400 * 1_000_000
_TICK = 1_000_000
_TCP, _UDP = 6, 17
_F, _R = 16, 32
_BARE, _LOADED = np.array(BARE, np.uint8), np.array(LOADED, np.uint8)
_SERVICE = np.array([port < 1024 or port in SERVICES for port in range(65536)])
_ICMP_ANSWER = np.array([is_icmp_answer(ICMP, kind) for kind in range(256)])
_ICMP6_ANSWER = np.array([is_icmp_answer(ICMP6, kind) for kind in range(256)])
_ODD1, _ODD2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@inner()
def _mixed(value, word):  # type: ignore[no-untyped-def]
    value = (value ^ word) * _ODD1
    return (value ^ value >> np.uint64(29)) * _ODD2


@inner()
def _is_backwards(p):  # type: ignore[no-untyped-def]
    """Whether the packet's destination is the `a` of its flow's key."""
    if p.one_way:
        return False
    if p.source_high != p.destination_high:
        return p.source_high > p.destination_high
    if p.source_low != p.destination_low:
        return p.source_low > p.destination_low
    return p.source_port > p.destination_port


@inner()
def place(p, seed):  # type: ignore[no-untyped-def]
    """Says where the packet belongs."""
    backwards = _is_backwards(p)
    low, high = p.source_port, p.destination_port
    p.ports = high << 16 | low if backwards else low << 16 | high
    p.tag = p.protocol | p.one_way << 8 | p.vlan << 9 | p.version << 36
    value = _mixed(seed, np.uint64(p.ports | p.tag << 33))
    value = _mixed(value, p.destination_low if backwards else p.source_low)
    value = _mixed(value, p.source_low if backwards else p.destination_low)
    if p.version == 6:
        value = _mixed(value, p.destination_high if backwards else p.source_high)
        value = _mixed(value, p.source_high if backwards else p.destination_high)
    p.hash = value ^ value >> np.uint64(32)
    p.backwards = backwards


@inner()
def touch(t, count):  # type: ignore[no-untyped-def]
    """Asks for the memory of the flows of the first packets at once, not one after the other."""
    mask = np.uint64(len(t.buckets) - 1)
    seen = np.int64(0)
    for at in range(count):
        p = t.packet[at]
        slot = np.int64(t.buckets[p.hash & mask])
        if slot >= 0:
            f = t.flows[slot]
            side = np.int64(p.backwards != f.swapped)
            h = t.halves[slot, side]
            seen += h.packets + h.seen + f.list + t.neighbours[slot, 0]
    t.state[0].touched = seen


@inner()
def _is_of(f, p):  # type: ignore[no-untyped-def]
    if f.hash != p.hash or f.ports != p.ports or f.tag != p.tag:
        return False
    if p.backwards:
        return (
            f.a_low == p.destination_low and f.b_low == p.source_low
            and f.a_high == p.destination_high and f.b_high == p.source_high
        )  # fmt: skip
    return (
        f.a_low == p.source_low and f.b_low == p.destination_low
        and f.a_high == p.source_high and f.b_high == p.destination_high
    )  # fmt: skip


@inner()
def take(t, p, data):  # type: ignore[no-untyped-def]
    """Counts a packet that has its place; its payload stands in `data`."""
    s = t.state[0]
    if not 0 <= p.time - s.now <= _TICK:
        _move_time(t, p.time)
    slot = np.int64(t.buckets[p.hash & np.uint64(len(t.buckets) - 1)])
    while slot >= 0 and not _is_of(t.flows[slot], p):
        slot = np.int64(t.flows[slot].chain)
    if slot >= 0 and _is_over(s, t.flows[slot], p):
        finish(t, slot)
        slot = np.int64(NONE)
    if slot < 0:
        slot = _begin(t, p)
    else:
        _touch(t, slot)
    _count(t, p, slot, data)


@inner()
def _move_time(t, now):  # type: ignore[no-untyped-def]
    s = t.state[0]
    if abs(now - s.now) > _LEAP:
        doubtful = abs(now - s.strange) > _LEAP
        s.strange = now
        if doubtful:
            return
    elif now < s.now:
        return
    sweep(t, now)


@inner()
def sweep(t, now):  # type: ignore[no-untyped-def]
    s = t.state[0]
    s.now = now
    room = len(t.closing)
    while s.closing_first < s.closing_last:
        waits = t.closing[s.closing_first % room]
        if now < waits.due < now + _LEAP:
            break
        s.closing_first += 1
        if t.flows[waits.flow].serial == waits.serial:
            finish(t, waits.flow)
    for which in (OTHER_LIST, TCP_LIST):
        before = now - s.idle[which]
        while s.oldest[which] >= 0:
            # An end far ahead is a wrong clock's: the flows behind it must not wait for that.
            if before <= t.flows[s.oldest[which]].end < now + _LEAP:
                break
            finish(t, s.oldest[which])


@inner()
def _is_over(s, f, p):  # type: ignore[no-untyped-def]
    if f.closed and p.flags & (SYN | ACK) == SYN:
        return True
    return p.time - f.end > s.idle[f.list] or (s.active > 0 and p.time - f.start > s.active)


@inner()
def finish(t, slot):  # type: ignore[no-untyped-def]
    s, f = t.state[0], t.flows[slot]
    _unlink(t, slot, f.list)
    s.size[f.list] -= 1
    bucket = f.hash & np.uint64(len(t.buckets) - 1)
    if t.buckets[bucket] == slot:
        t.buckets[bucket] = f.chain
    else:
        at = np.int64(t.buckets[bucket])
        while t.flows[at].chain != slot:
            at = np.int64(t.flows[at].chain)
        t.flows[at].chain = f.chain
    f.serial = NONE
    t.done[s.done] = slot
    if f.heard:
        note = t.heard[s.heard]
        note.flow, note.side, note.index = slot, NONE, s.done
        s.heard += 1
    s.done += 1


@inner()
def _unlink(t, slot, which):  # type: ignore[no-untyped-def]
    s = t.state[0]
    older, newer = t.neighbours[slot, 0], t.neighbours[slot, 1]
    if older >= 0:
        t.neighbours[older, 1] = newer
    else:
        s.oldest[which] = newer
    if newer >= 0:
        t.neighbours[newer, 0] = older
    else:
        s.newest[which] = older


@inner()
def _append(t, slot, which):  # type: ignore[no-untyped-def]
    s = t.state[0]
    older = s.newest[which]
    t.neighbours[slot, 0], t.neighbours[slot, 1] = older, NONE
    if older >= 0:
        t.neighbours[older, 1] = slot
    else:
        s.oldest[which] = slot
    s.newest[which] = slot


@inner()
def _touch(t, slot):  # type: ignore[no-untyped-def]
    if t.neighbours[slot, 1] >= 0:
        which = t.flows[slot].list
        _unlink(t, slot, which)
        _append(t, slot, which)


@inner()
def _begin(t, p):  # type: ignore[no-untyped-def]
    s = t.state[0]
    which = TCP_LIST if p.protocol == _TCP else OTHER_LIST
    if s.size[which] >= s.most:
        finish(t, s.oldest[which])
    s.free -= 1
    slot = np.int64(t.free[s.free])
    f = t.flows[slot]
    f.a_high, f.b_high = p.source_high, p.destination_high
    f.a_low, f.b_low = p.source_low, p.destination_low
    if p.backwards:
        f.a_high, f.b_high = p.destination_high, p.source_high
        f.a_low, f.b_low = p.destination_low, p.source_low
    f.hash, f.tag, f.ports = p.hash, p.tag, p.ports
    f.start = f.end = p.time
    f.index, f.vlan, f.tunnel = p.index, p.vlan, p.tunnel
    f.transport, f.version = p.protocol, p.version
    f.swapped, f.turned = p.backwards, _is_answer(p)
    f.history_size = f.lengths_size = f.closed = f.lingering = f.heard = 0
    f.corrected = f.secret = 0
    f.list = which
    f.serial = s.serial
    s.serial += 1
    s.size[which] += 1
    bucket = p.hash & np.uint64(len(t.buckets) - 1)
    f.chain = t.buckets[bucket]
    t.buckets[bucket] = slot
    _append(t, slot, which)
    _clear(t.halves[slot, 0], p.source_mac)
    _clear(t.halves[slot, 1], p.destination_mac)
    return slot


@inner()
def _clear(h, mac):  # type: ignore[no-untyped-def]
    h.packets = h.bytes = h.payload = h.loaded = 0
    h.smallest = h.largest = 0
    h.retransmitted = h.base = h.following = 0
    h.head = NONE
    h.head_size = h.seen = h.based = h.follows = h.full = 0
    h.mac = mac
    for bit in range(7):
        h.flags[bit] = 0


@inner()
def _is_answer(p):  # type: ignore[no-untyped-def]
    """Whether the first packet of a flow comes from the side that was asked: see decision 0006."""
    if p.protocol == _TCP and p.flags & SYN:
        return p.flags & ACK > 0
    if p.protocol == ICMP:
        return _ICMP_ANSWER[p.source_port]
    if p.protocol == ICMP6:
        return _ICMP6_ANSWER[p.source_port]
    if p.protocol != _TCP and p.protocol != _UDP:
        return False
    return _SERVICE[p.source_port] and not _SERVICE[p.destination_port]


@inner()
def _is_own(p):  # type: ignore[no-untyped-def]
    """Whether it goes from an address to itself."""
    return p.source_low == p.destination_low and p.source_high == p.destination_high


@inner()
def _count(t, p, slot, data):  # type: ignore[no-untyped-def]
    f = t.flows[slot]
    side = np.int64(p.backwards != f.swapped)
    if p.source_port == p.destination_port and _is_own(p):
        side = np.int64(f.turned)
    h = t.halves[slot, side]
    if p.time > f.end:
        f.end = p.time
    elif p.time < f.start:
        f.start = p.time
    h.packets += p.count
    h.bytes += p.length
    if p.protocol == _TCP:
        _count_tcp(t, p, slot, side)
    if p.size:
        _load(h, p.size)
        if f.lengths_size < LENGTHS:
            f.lengths[f.lengths_size] = p.size if side == f.turned else -p.size
            f.lengths_size += 1
        if t.state[0].keeping and not h.head_size:
            _keep_head(t, p, h, data)
        if t.state[0].listening and not h.full:
            _hear(t, p, slot, side)


@inner()
def _load(h, size):  # type: ignore[no-untyped-def]
    h.payload += size
    h.loaded += 1
    h.largest = max(h.largest, size)
    if size < h.smallest or h.loaded == 1:
        h.smallest = size


@inner()
def _keep_head(t, p, h, data):  # type: ignore[no-untyped-def]
    s = t.state[0]
    size = min(p.end - p.begin, HEAD_BYTES)
    if size <= 0:
        return
    s.free_heads -= 1
    h.head, h.head_size = t.free_heads[s.free_heads], size
    for at in range(size):
        t.heads[h.head, at] = data[p.begin + at]


@inner()
def _count_tcp(t, p, slot, side):  # type: ignore[no-untyped-def]
    s, f, h = t.state[0], t.flows[slot], t.halves[slot, side]
    flags = p.flags
    if not flags & 63:
        h.flags[6] += 1
    for bit in range(6):
        h.flags[bit] += np.uint32(flags >> bit & 1)
    new = (_LOADED[flags] if p.size > 0 else _BARE[flags]) & ~h.seen
    if new:
        h.seen |= new
        for mark in range(6):
            if new >> mark & 1:
                f.history[f.history_size] = mark << 1 | side
                f.history_size += 1
        if new & _R or t.halves[slot, 0].seen & t.halves[slot, 1].seen & _F:
            f.closed = 1
    _follow(h, p)
    if flags & SYN and not h.based:
        h.base, h.based = np.uint32(p.sequence + 1), 1
    if f.closed and not f.lingering:
        f.lingering = 1
        waits = t.closing[s.closing_last % len(t.closing)]
        waits.due, waits.serial, waits.flow = p.time + s.linger, f.serial, slot
        s.closing_last += 1


@inner()
def _follow(h, p):  # type: ignore[no-untyped-def]
    """Counts payload of which nothing is new: sent again, or overtaken. Keep-alive probes are neither."""
    stop = p.sequence + p.size + (p.flags & (SYN | FIN) > 0)
    ahead = ((stop - np.int64(h.following) + 0x80000000) & 0xFFFFFFFF) - 0x80000000
    if not h.follows or ahead > 0:
        h.following, h.follows = np.uint32(stop & 0xFFFFFFFF), 1
    elif p.size > 1 or (p.size == 1 and ahead < 0):
        h.retransmitted += 1


@inner()
def _hear(t, p, slot, side):  # type: ignore[no-untyped-def]
    s, f, h = t.state[0], t.flows[slot], t.halves[slot, side]
    sequence = (p.sequence + (p.flags & SYN > 0)) & 0xFFFFFFFF
    if not h.based:
        h.base, h.based = np.uint32(sequence), 1
    f.heard = 1
    note = t.heard[s.heard]
    note.flow, note.side, note.begin, note.end = slot, side, p.begin, p.end
    note.sequence, note.time, note.index = sequence, p.time, p.index
    note.base, note.transport = h.base, p.protocol
    s.heard += 1
