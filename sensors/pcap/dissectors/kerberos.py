"""Kerberos 5 (RFC 4120) over TCP and UDP: requests to the key centre with their answers, and logons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sensors.pcap.ber import Node, nodes
from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.stream import Side
from taishi.core.event import Value

#: RFC 3961, RFC 3962, RFC 4757, RFC 8009 and Microsoft's own.
CIPHERS = {
    1: "des-cbc-crc",
    2: "des-cbc-md4",
    3: "des-cbc-md5",
    16: "des3-cbc-sha1",
    17: "aes128-cts-hmac-sha1-96",
    18: "aes256-cts-hmac-sha1-96",
    19: "aes128-cts-hmac-sha256-128",
    20: "aes256-cts-hmac-sha384-192",
    23: "rc4-hmac",
    24: "rc4-hmac-exp",
    -128: "rc4-md4",
    -133: "rc4-hmac-old",
    -135: "rc4-hmac-old-exp",
}
#: RFC 4120, 7.5.9.
ERRORS = {
    3: "KDC_ERR_BAD_PVNO",
    6: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
    7: "KDC_ERR_S_PRINCIPAL_UNKNOWN",
    12: "KDC_ERR_POLICY",
    13: "KDC_ERR_BADOPTION",
    14: "KDC_ERR_ETYPE_NOSUPP",
    18: "KDC_ERR_CLIENT_REVOKED",
    23: "KDC_ERR_KEY_EXPIRED",
    24: "KDC_ERR_PREAUTH_FAILED",
    25: "KDC_ERR_PREAUTH_REQUIRED",
    31: "KRB_AP_ERR_BAD_INTEGRITY",
    32: "KRB_AP_ERR_TKT_EXPIRED",
    37: "KRB_AP_ERR_SKEW",
    52: "KRB_ERR_RESPONSE_TOO_BIG",
    60: "KRB_ERR_GENERIC",
    68: "KDC_ERR_WRONG_REALM",
}
_AS_REQ, _AS_REP, _TGS_REQ, _TGS_REP, _ERROR = 0x6A, 0x6B, 0x6C, 0x6D, 0x7E
_REQUESTS = {_AS_REQ: "AS", _TGS_REQ: "TGS"}
_PA_TGS, _PA_TIMESTAMP, _PA_PK = 1, 2, 16
#: Refusals that tell of a wrong password, or of an account that does not exist or may not log on.
_REFUSED = frozenset({6, 18, 24})
_LONG = rb"(?:[\x00-\x7f]|\x81.|\x82..)"
_MESSAGE = re.compile(
    rb"[\x6a-\x6d\x7e]" + _LONG + rb"\x30" + _LONG + rb"[\xa0\xa1]\x03\x02\x01\x05", re.DOTALL
)
_SEQUENCE = 0x30
_MANY = 200


@dataclass(frozen=True, slots=True)
class _Message:
    node: Node
    time: int
    record: int


class Kerberos:
    name = "kerberos"
    wants = 1 << 17

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        skip = 4 if flow.transport == 6 else 0
        return bool(_MESSAGE.match(client, skip) or (not client and _MESSAGE.match(server, skip)))

    def events(self, talk: Conversation) -> Iterator[Found]:
        framed = talk.flow.transport == 6
        asked = list(_messages(talk.client, framed))
        told = list(_messages(talk.server, framed))
        for request in asked:
            if request.node.tag not in _REQUESTS:
                continue
            answer = next((one for one in told if one.record > request.record), None)
            if answer is not None:
                told.remove(answer)
            yield from _exchange(request, answer.node if answer else None)


def _messages(side: Side, framed: bool) -> Iterator[_Message]:
    """On TCP each has its length in four bytes before it; on UDP each is a datagram."""
    if not framed:
        for piece, time, record in list(zip(side.pieces, side.times, side.indexes, strict=True))[:_MANY]:
            yield from (_Message(node, time, record) for node in list(nodes(piece))[:1])
        return
    at = 0
    for _ in range(_MANY):
        length = int.from_bytes(side.data[at : at + 4]) & 0x7FFFFFFF
        if not length or at + 4 + length > len(side.data):
            return
        for node in list(nodes(side.data[at + 4 : at + 4 + length]))[:1]:
            yield _Message(node, *side.moment(at + 3 + length))
        at += 4 + length


def _exchange(request: _Message, answer: Node | None) -> Iterator[Found]:
    told = answer.child(_SEQUENCE) if answer is not None else None
    body = request.node.child(_SEQUENCE, 0xA4, _SEQUENCE)
    if body is None:
        return
    asked_for = _REQUESTS[request.node.tag]
    error = _number(told, 0xA6) if told is not None and answer is not None and answer.tag == _ERROR else None
    given = told if error is None else None
    user = _principal(body, 0xA1) or (_principal(given, 0xA4) if given else None)
    realm = _text(body, 0xA2)
    shown = _shown(request.node)
    row: dict[str, Value] = {
        "event.action": f"kerberos-{asked_for.lower()}",
        "event.outcome": None if told is None else "success" if error is None else "failure",
        "user.name": user,
        "user.domain": realm,
        "taishi.kerberos.request": asked_for,
        "taishi.kerberos.service": _principal(body, 0xA3),
        "taishi.kerberos.error": None if error is None else ERRORS.get(error, str(error)),
        "taishi.kerberos.cipher": _cipher(given, 0xA5, 0x61, _SEQUENCE, 0xA3, _SEQUENCE),
        "taishi.kerberos.reply_cipher": _cipher(given, 0xA6, _SEQUENCE),
        "taishi.kerberos.tgt_cipher": shown.get(_PA_TGS),
        "taishi.kerberos.offered": _offered(body) or None,
        "taishi.kerberos.preauthenticated": bool({_PA_TIMESTAMP, _PA_PK, 136} & shown.keys())
        if asked_for == "AS"
        else None,
    }
    yield Found("kerberos", request.time, request.record, row)
    if asked_for == "AS" and told is not None and (error is None or error in _REFUSED):
        yield _logon(request, row)


def _logon(request: _Message, row: dict[str, Value]) -> Found:
    return Found(
        "logon",
        request.time,
        request.record,
        {
            "event.action": "logon",
            "event.outcome": row["event.outcome"],
            "network.protocol": "kerberos",
            "user.name": row["user.name"],
            "user.domain": row["user.domain"],
            "taishi.logon.method": "kerberos",
            "taishi.logon.cleartext": False,
        },
        {"kerberos.error": str(row["taishi.kerberos.error"] or "")},
    )


def _shown(request: Node) -> dict[int, str | None]:
    """Types of pre-authentication; for a ticket that is shown, how that is encrypted."""
    found: dict[int, str | None] = {}
    given = request.child(_SEQUENCE, 0xA3, _SEQUENCE)
    for one in given.children() if given is not None else ():
        kind = _number(one, 0xA1)
        if kind is None:
            continue
        value = one.child(0xA2, 0x04)
        ticket = next(nodes(value.body), None) if value is not None and kind == _PA_TGS else None
        found[kind] = _cipher(ticket, _SEQUENCE, 0xA3, 0x61, _SEQUENCE, 0xA3, _SEQUENCE)
    return found


def _number(node: Node | None, tag: int) -> int | None:
    found = node.child(tag, 0x02) if node is not None else None
    return None if found is None else found.number


def _text(node: Node, tag: int) -> str | None:
    found = node.child(tag, 0x1B)
    return None if found is None else found.text[:256]


def _principal(node: Node, tag: int) -> str | None:
    """Name components joined by slashes, as RFC 4120 6.2 writes them."""
    names = node.child(tag, _SEQUENCE, 0xA1, _SEQUENCE)
    return "/".join(one.text for one in names.children())[:256] or None if names is not None else None


def _cipher(node: Node | None, *path: int) -> str | None:
    found = node.child(*path, 0xA0, 0x02) if node is not None else None
    return None if found is None else CIPHERS.get(found.number, str(found.number))


def _offered(body: Node) -> list[str]:
    offered = body.child(0xA8, _SEQUENCE)
    if offered is None:
        return []
    return [CIPHERS.get(one.number, str(one.number)) for one in offered.children()][:32]


DISSECTOR = Kerberos()
