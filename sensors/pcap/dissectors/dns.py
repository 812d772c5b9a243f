"""DNS over UDP and TCP, mDNS and LLMNR: one event a transaction."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.stream import Side
from taishi.core.event import Json, Value

_PORTS = frozenset({53, 5353, 5355})
_NETBIOS = 137
#: Second levels under which names are registered one level further down (cn, gov and their like).
_SECOND_LEVELS = frozenset({"com", "net", "org", "gov", "edu", "ac", "mil", "co", "go", "or", "ne"})
_PROVINCES = frozenset(
    {"ah", "bj", "cq", "fj", "gd", "gs", "gx", "gz", "ha", "hb", "he", "hi", "hk", "hl", "hn", "jl", "js"}
    | {"jx", "ln", "mo", "nm", "nx", "qh", "sc", "sd", "sh", "sn", "sx", "tj", "tw", "xj", "xz", "yn", "zj"}
)
_ANSWERS = 64
_HEADER = struct.Struct("!HHHHHH").unpack_from


@dataclass(slots=True)
class _Message:
    """A decoded message, where it came from, and whether the flow's destination sent it."""

    message: dns.message.Message
    time: int
    record: int
    answering: bool
    size: int
    name: str = field(default="")


class Dns:
    name = "dns"
    wants = 65536

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport == 6:
            client, server = client[2:], server[2:]
        elif flow.transport != 17:
            return False
        ports = {flow.source.port, flow.destination.port}
        if _NETBIOS in ports:
            return False
        usual = bool(ports & _PORTS)
        return any(_looks_right(start, usual) for start in (client, server)) and (
            usual or all(_looks_right(start, False) for start in (client, server) if start)
        )

    def events(self, talk: Conversation) -> Iterator[Found]:
        protocol = _protocol(talk.flow)
        talk.flow.protocol = protocol
        waiting: dict[tuple[int, str, int], _Message] = {}
        for said in _messages(talk):
            key = _key(said)
            if not said.message.flags & dns.flags.QR:
                before = waiting.pop(key, None)
                if before is not None:
                    yield _found(before, None, protocol)
                waiting[key] = said
            else:
                yield _found(waiting.pop(key, None), said, protocol)
        for query in waiting.values():
            yield _found(query, None, protocol)


def _looks_right(data: bytes, usual: bool) -> bool:
    """A header whose counts are possible and, on a port of its own, a question that can be read."""
    if len(data) < 12:
        return False
    _, flags, questions, answers, authority, additional = _HEADER(data)
    if (flags >> 11) & 15 > 6 or questions > 16 or max(answers, authority, additional) > 256:
        return False
    if usual:
        return bool(questions + answers + authority + additional or flags & 15)
    return bool(questions == 1 and flags & 0x40 == 0) and _question_is_sound(data)


def _question_is_sound(data: bytes) -> bool:
    at = 12
    while at < len(data) and 0 < data[at] < 64:
        at += data[at] + 1
    if at + 5 > len(data) or data[at] or at == 12:
        return False
    kind, klass = struct.unpack_from("!HH", data, at + 1)
    return 0 < kind < 260 and klass in (1, 3, 255)


def _messages(talk: Conversation) -> Iterator[_Message]:
    """Both directions, in the order in which the packets came."""
    both = [*_decoded(talk.client, talk.flow, False), *_decoded(talk.server, talk.flow, True)]
    both.sort(key=lambda said: said.record)
    yield from both


def _decoded(side: Side, flow: Flow, answering: bool) -> Iterator[_Message]:
    for raw, time, record in _cut(side, flow.transport):
        try:
            message = dns.message.from_wire(raw, ignore_trailing=True, continue_on_error=True)
        except (dns.exception.DNSException, ValueError, LookupError, struct.error):
            continue
        if message.question or message.answer or message.flags & dns.flags.QR:
            yield _Message(message, time, record, answering, len(raw))


def _cut(side: Side, transport: int) -> Iterator[tuple[bytes, int, int]]:
    """The messages of a direction; on TCP each has its length before it (RFC 1035, 4.2.2)."""
    if transport == 17:
        yield from zip(side.pieces, side.times, side.indexes, strict=True)
        return
    at = 0
    while at + 2 < len(side.data):
        size = int.from_bytes(side.data[at : at + 2], "big")
        yield side.data[at + 2 : at + 2 + size], *side.moment(at)
        at += 2 + size


def _key(said: _Message) -> tuple[int, str, int]:
    question = said.message.question[0] if said.message.question else None
    if question is None:
        return said.message.id, "", 0
    said.name = _text(question.name)
    return said.message.id, said.name.lower(), int(question.rdtype)


def _protocol(flow: Flow) -> str:
    ports = {flow.source.port, flow.destination.port}
    return "mdns" if 5353 in ports else "llmnr" if 5355 in ports else "dns"


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def _found(query: _Message | None, answer: _Message | None, protocol: str) -> Found:
    """A transaction of which at least one side was seen. A lone answer runs from who asked, too."""
    first = query or answer
    assert first is not None  # noqa: S101 - never called with neither
    row: dict[str, Value] = {
        "network.protocol": protocol,
        "dns.id": str(first.message.id),
        "dns.type": "answer" if answer else "query",
        **_question_columns(first),
    }
    extra: dict[str, Json] = {"dns.op_code": dns.opcode.to_text(first.message.opcode())}
    if query is not None:
        extra["dns.query_bytes"] = query.size
    if answer is not None:
        row |= _answer_columns(answer.message)
        extra["dns.answer_bytes"] = answer.size
        extra["dns.header_flags"] = [*dns.flags.to_text(answer.message.flags).lower().split()]
        extra["dns.answers.ttl"] = [int(rrset.ttl) for rrset in answer.message.answer[:_ANSWERS]]
        extra["dns.answers.name"] = [_text(rrset.name) for rrset in answer.message.answer[:_ANSWERS]]
    # mDNS has no asker and answerer: what is announced runs from the announcer.
    announced = query is None and not first.message.question
    return Found(
        "dns", first.time, first.record, row, extra, first.answering and (query is not None or announced)
    )


def _question_columns(said: _Message) -> dict[str, Value]:
    if not said.message.question:
        return {}
    question = said.message.question[0]
    registered, subdomain = split_domain(said.name)
    return {
        "dns.question.name": said.name,
        "dns.question.type": dns.rdatatype.to_text(question.rdtype),
        "dns.question.class": dns.rdataclass.to_text(question.rdclass),
        "dns.question.registered_domain": registered,
        "dns.question.subdomain": subdomain,
    }


def _answer_columns(message: dns.message.Message) -> dict[str, Value]:
    records = [(rrset, rdata) for rrset in message.answer for rdata in rrset][:_ANSWERS]
    kinds = [dns.rdatatype.to_text(rrset.rdtype) for rrset, _ in records]
    data = [rdata.to_text() for _, rdata in records]
    addresses = [text for kind, text in zip(kinds, data, strict=True) if kind in ("A", "AAAA")]
    return {
        "dns.response_code": dns.rcode.to_text(message.rcode()),
        "dns.answers.data": [text.rstrip(".") if text != "." else text for text in data],
        "dns.answers.type": kinds,
        "dns.resolved_ip": addresses,
    }


def split_domain(name: str) -> tuple[str | None, str | None]:
    """The registered domain and what stands before it: the last two labels, three where the second
    level is a public one (com.cn, gov.cn, ah.cn, co.uk …). Naive on purpose: no list to keep up."""
    labels = name.split(".")
    if len(labels) < 2 or not all(labels):
        return None, None
    top, second = labels[-1].lower(), labels[-2].lower()
    public = len(top) == 2 and (second in _SECOND_LEVELS or (top == "cn" and second in _PROVINCES))
    keep = 3 if public else 2
    if len(labels) < keep:
        return None, None
    return ".".join(labels[-keep:]), ".".join(labels[:-keep]) or None


DISSECTOR = Dns()
