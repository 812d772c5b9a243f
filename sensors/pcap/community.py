"""Community ID v1, seed 0: the flow hash Zeek, Suricata and Arkime share.

Source: https://github.com/corelight/community-id-spec.
"""

from base64 import b64encode
from hashlib import sha1

ICMP, ICMP6 = 1, 58
_PORTED = frozenset({ICMP, 6, 17, ICMP6, 132})

#: ICMP types that are asked and answered: echo, router, timestamp, information, mask (RFC 792, 950, 1256).
_ANSWERED = ((8, 0), (10, 9), (13, 14), (15, 16), (17, 18))
#: The same of ICMPv6: echo, listener, router, neighbour, node information, home agent (RFC 4443, 2710,
#: 4861, 4620, 6275).
_ANSWERED6 = ((128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145))
_COUNTER = {
    ICMP: dict(_ANSWERED) | {answer: ask for ask, answer in _ANSWERED},
    ICMP6: dict(_ANSWERED6) | {answer: ask for ask, answer in _ANSWERED6},
}
#: Answers of those that are never sent unasked: routers and neighbours do announce themselves.
_ANSWERS = {ICMP: frozenset({0, 14, 16, 18}), ICMP6: frozenset({129, 140, 145})}


def is_icmp_answer(protocol: int, kind: int) -> bool:
    return kind in _ANSWERS.get(protocol, ())


def icmp_ports(protocol: int, kind: int, code: int) -> tuple[int, int, bool]:
    """Type and counter-type, or type and code with True where nothing answers that type."""
    counter = _COUNTER[protocol].get(kind)
    return (kind, code, True) if counter is None else (kind, counter, False)


def community_id(protocol: int, source: bytes, destination: bytes, sport: int, dport: int) -> str:
    """Addresses in 4 or 16 bytes; for ICMP the ports are type and counter-type or code."""
    one_way = protocol in _COUNTER and sport not in _COUNTER[protocol]
    if not one_way and (source, sport) > (destination, dport):
        source, destination, sport, dport = destination, source, dport, sport
    ports = sport.to_bytes(2, "big") + dport.to_bytes(2, "big") if protocol in _PORTED else b""
    digest = sha1(b"\0\0" + source + destination + bytes((protocol, 0)) + ports, usedforsecurity=False)
    return "1:" + b64encode(digest.digest()).decode()
