"""Compiled: what `taishi.extra` says of a flow, as JSON; and its state and history in Zeek's words."""

from math import log2

import numpy as np

from sensors.pcap.compiled.inner import inner
from sensors.pcap.compiled.layout import HEAD_BYTES, TUNNELS
from sensors.pcap.compiled.text import put, put_hex, put_number


def _bytes(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode(), np.uint8)


def _padded(words: tuple[str, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A row a word: its length, then its letters."""
    rows = np.zeros((len(words), 16), np.uint8)
    for row, word in zip(rows, words, strict=True):
        row[0] = len(word)
        row[1 : 1 + len(word)] = _bytes(word)
    return rows


_OTH, _SF, _S0, _SHR, _REJ, _RSTOS0, _SH, _RSTRH, _RSTO, _RSTR, _S1, _S2, _S3 = range(13)
_S, _H, _A, _D, _F, _R = 1, 2, 4, 8, 16, 32
_LETTERS = _bytes("shadfr")
_FLAGS = _padded(("fin", "syn", "rst", "psh", "ack", "urg", "none"))
_TUNNELS = _padded(TUNNELS)
_SOURCE, _DESTINATION = _bytes("source"), _bytes("destination")
_HEAD, _SIZES, _ENTROPY = _bytes('_head":"'), _bytes('_sizes":{"packets":'), _bytes('_entropy":')
_MIN, _MAX, _MEAN = _bytes(',"min":'), _bytes(',"max":'), _bytes(',"mean":')
_TCP_FLAGS, _RETRANSMITTED, _FIRST = (
    _bytes('_flags":{'),
    _bytes('_retransmitted":'),
    _bytes('"payload.first":['),
)
_INNER_VLAN, _TUNNEL = _bytes('"network.inner.vlan.id":"'), _bytes('"tunnel":"')
_PAYLOAD, _TCP = _bytes('"payload.'), _bytes('"tcp.')
#: n × log2(n) in parts of 2**-_SCALE: code that stands by itself calls no library, and whole numbers add
#: faster.
_SCALE = 40
_N_LOG2 = np.array([0, *(round(number * log2(number) * 2**_SCALE) for number in range(1, HEAD_BYTES + 1))])
_HEAD_BYTES = 64
#: A first payload with one of these words may hold a secret, which is not kept.
_SECRETIVE = _padded(("auth", "pass", "pwd", "login", "cookie"))
#: Whether one of them begins with a letter, small or large.
_SUSPECT = np.isin(np.arange(256) | 32, _SECRETIVE[:, 1])
_COMMA, _QUOTE, _OPEN, _CLOSE, _DOT = ord(","), ord('"'), ord("{"), ord("}"), ord(".")


@inner()
def state(f, source, destination):  # type: ignore[no-untyped-def]
    """The number of the flow's state."""
    if f.transport != 6:
        if f.transport != 17:
            return _OTH
        if not source.packets:
            return _SHR
        return _SF if destination.packets else _S0
    mine, yours = source.seen, destination.seen
    if not mine & _S:
        if yours & _H and not mine:
            return _RSTRH if yours & _R else _SHR if yours & _F else _OTH
        return _OTH
    if not yours & (_H | _A | _D | _F):
        if yours & _R:
            return _REJ
        return _RSTOS0 if mine & _R else _SH if mine & _F else _S0
    return _established(f, mine, yours)


@inner()
def _established(f, mine, yours):  # type: ignore[no-untyped-def]
    reset, by, last_fin = -1, 0, -1
    for place in range(f.history_size):
        mark = f.history[place] >> 1
        if mark == 5 and reset < 0:
            reset, by = place, f.history[place] & 1
        elif mark == 4:
            last_fin = place
    ended = mine & _F and yours & _F
    if reset >= 0 and not (ended and last_fin < reset):
        return _RSTO if by == f.turned ^ f.corrected else _RSTR
    if ended:
        return _SF
    return _S2 if mine & _F else _S3 if yours & _F else _S1


@inner()
def put_history(out, at, f, source, destination):  # type: ignore[no-untyped-def]
    """Zeek's letters, with ^ first where the first packet seen was the answer."""
    turned = f.turned ^ f.corrected
    begin = at
    if turned:
        out[at] = ord("^")
        at += 1
    if f.transport == 17:
        if source.loaded:
            out[at] = ord("D")
            at += 1
        if destination.loaded:
            out[at] = ord("d")
            at += 1
    for place in range(f.history_size):
        capital = 32 if f.history[place] & 1 == turned else 0
        out[at] = _LETTERS[f.history[place] >> 1] - capital
        at += 1
    return begin if f.transport != 17 and not f.history_size and not turned else at


@inner()
def _is_secretive(head, size):  # type: ignore[no-untyped-def]
    for begin in range(size - 2):
        if not _SUSPECT[head[begin]]:
            continue
        for word in _SECRETIVE:
            if head[begin] | 32 == word[1] and begin + word[0] <= size:
                same = 1
                while same < word[0] and head[begin + same] | 32 == word[1 + same]:
                    same += 1
                if same == word[0]:
                    return True
    return False


@inner()
def entropy(head, size, counts):  # type: ignore[no-untyped-def]
    """Shannon's, in hundredths of a bit a byte. `counts` is zero before and after."""
    for place in range(size):
        counts[head[place]] += 1
    total = 0
    for place in range(size):
        total += _N_LOG2[counts[head[place]]]
        counts[head[place]] = 0
    return np.int64((_N_LOG2[size] - total) / 2**_SCALE / size * 100 + 0.5)


@inner()
def _put_hundredths(out, at, value):  # type: ignore[no-untyped-def]
    """As JSON writes it: at least one digit after the point, no zero at the end of two."""
    at = put_number(out, at, value // 100)
    out[at] = _DOT
    at = put_number(out, at + 1, value // 10 % 10)
    return put_number(out, at, value % 10) if value % 10 else at


@inner()
def _key(out, at, group, name, key):  # type: ignore[no-untyped-def]
    at = put(out, at, group)
    at = put(out, at, name)
    return put(out, at, key)


@inner()
def _end_of(out, at, character):  # type: ignore[no-untyped-def]
    out[at] = character
    out[at + 1] = _COMMA
    return at + 2


@inner()
def _put_payload(out, at, h, head, name, secret, counts):  # type: ignore[no-untyped-def]
    if h.head_size == 0 and not secret:
        at = _end_of(out, _key(out, at, _PAYLOAD, name, _HEAD), _QUOTE)
    elif not secret and not _is_secretive(head, h.head_size):
        at = _key(out, at, _PAYLOAD, name, _HEAD)
        at = _end_of(out, put_hex(out, at, head, min(h.head_size, _HEAD_BYTES)), _QUOTE)
    if h.head_size:
        at = _key(out, at, _PAYLOAD, name, _ENTROPY)
        at = _put_hundredths(out, at, entropy(head, h.head_size, counts))
        out[at] = _COMMA
        at += 1
    at = put_number(out, _key(out, at, _PAYLOAD, name, _SIZES), h.loaded)
    at = put_number(out, put(out, at, _MIN), h.smallest)
    at = put_number(out, put(out, at, _MAX), h.largest)
    mean = (20 * h.payload + h.loaded) // (2 * h.loaded)
    return _end_of(out, _put_hundredths(out, put(out, at, _MEAN), 10 * mean), _CLOSE)


@inner()
def _put_flags(out, at, h, name):  # type: ignore[no-untyped-def]
    begin = _key(out, at, _TCP, name, _TCP_FLAGS)
    now = begin
    for bit in range(7):
        if h.flags[bit]:
            if now != begin:
                out[now] = _COMMA
                now += 1
            out[now] = _QUOTE
            now = put(out, now + 1, _FLAGS[bit, 1 : 1 + _FLAGS[bit, 0]])
            out[now], out[now + 1] = _QUOTE, ord(":")
            now = put_number(out, now + 2, np.int64(h.flags[bit]))
    if now == begin:
        return at
    at = _end_of(out, now, _CLOSE)
    if h.retransmitted:
        at = put_number(out, _key(out, at, _TCP, name, _RETRANSMITTED), np.int64(h.retransmitted))
        out[at] = _COMMA
        at += 1
    return at


@inner()
def put_extra(out, at, f, source, destination, heads, counts):  # type: ignore[no-untyped-def]
    """Nothing where there is nothing to say."""
    begin = at
    out[at] = _OPEN
    at += 1
    if source.loaded:
        at = _put_payload(out, at, source, heads[max(source.head, 0)], _SOURCE, f.secret, counts)
    at = _put_flags(out, at, source, _SOURCE)
    if destination.loaded:
        at = _put_payload(
            out, at, destination, heads[max(destination.head, 0)], _DESTINATION, f.secret, counts
        )
    at = _put_flags(out, at, destination, _DESTINATION)
    if f.lengths_size:
        at = put(out, at, _FIRST)
        for place in range(f.lengths_size):
            at = put_number(out, at, np.int64(-f.lengths[place] if f.corrected else f.lengths[place]))
            out[at] = _COMMA
            at += 1
        at = _end_of(out, at - 1, ord("]"))
    if f.vlan >> 12:
        at = _end_of(out, put_number(out, put(out, at, _INNER_VLAN), np.int64(f.vlan >> 12)), _QUOTE)
    if f.tunnel:
        at = _put_tunnel(out, put(out, at, _TUNNEL), f.tunnel)
    if at == begin + 1:
        return begin
    out[at - 1] = _CLOSE
    return at


@inner()
def _put_tunnel(out, at, number):  # type: ignore[no-untyped-def]
    for shift in (9, 6, 3, 0):
        row = _TUNNELS[number >> shift & 7]
        if row[0]:
            at = put(out, at, row[1 : 1 + row[0]])
            out[at] = ord(" ")
            at += 1
    return _end_of(out, at - 1, _QUOTE)
