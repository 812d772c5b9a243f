"""LDAP (RFC 4511) over TCP: simple binds, whose password is in clear text, and searches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sensors.pcap import ber, ntlm
from sensors.pcap.ber import Node
from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.ldap_filter import written
from sensors.pcap.stream import Side
from taishi.core.event import Json, Value

_LONG = rb"(?:[\x00-\x7f]|\x81.|\x82..|\x84.{4})"
_MESSAGE = re.compile(rb"\x30" + _LONG + rb"\x02[\x01-\x04].{1,4}?[\x60\x61\x63-\x65\x77\x78]", re.DOTALL)
_BIND, _BOUND, _SEARCH, _ENTRY, _DONE = 0x60, 0x61, 0x63, 0x64, 0x65
_SIMPLE, _SASL = 0x80, 0xA3
_SUCCESS, _IN_PROGRESS, _INVALID_CREDENTIALS = 0, 14, 49
_SCOPES = {0: "base", 1: "single", 2: "tree"}
_MANY = 4000


@dataclass(frozen=True, slots=True)
class _Message:
    number: int
    operation: Node
    of_client: bool
    time: int
    record: int


@dataclass(slots=True)
class _Search:
    said: _Message
    row: dict[str, Value] = field(default_factory=dict)
    entries: int = 0


class Ldap:
    name = "ldap"
    wants = 1 << 18

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        return bool(_MESSAGE.match(client) or (not client and _MESSAGE.match(server)))

    def events(self, talk: Conversation) -> Iterator[Found]:
        both = [*_messages(talk.client, True), *_messages(talk.server, False)]
        binds: dict[int, _Message] = {}
        searches: dict[int, _Search] = {}
        for said in sorted(both, key=lambda one: one.record):
            tag, number = said.operation.tag, said.number
            if tag == _BIND:
                binds[number] = said
            elif tag == _SEARCH:
                searches[number] = _Search(said, _asked(said.operation))
            elif tag == _ENTRY and number in searches:
                searches[number].entries += 1
            elif tag == _BOUND and number in binds:
                yield from _bound(binds.pop(number), _result(said.operation))
            elif tag == _DONE and number in searches:
                yield _found(searches.pop(number), _result(said.operation))
        for bind in binds.values():
            yield from _bound(bind, None)
        for search in searches.values():
            yield _found(search, None)


def _messages(side: Side, of_client: bool) -> Iterator[_Message]:
    """Until the session is encrypted: then what follows is no LDAP message."""
    at = 0
    for _ in range(_MANY):
        if side.data[at : at + 1] != b"\x30":
            return
        end = ber.size(side.data, at)
        if end is None or end > len(side.data):
            return
        whole = next(ber.nodes(side.data[at:end]))
        parts = list(whole.children())
        if len(parts) >= 2 and parts[0].tag == 0x02:
            yield _Message(parts[0].number, parts[1], of_client, *side.moment(end - 1))
        at = end


def _bound(bind: _Message, result: int | None) -> Iterator[Found]:
    """Anonymous binds (no name, no password) are no logons; SASL ones only where NTLM names the user."""
    parts = list(bind.operation.children())
    if len(parts) < 3 or result == _IN_PROGRESS:
        return
    name, proof = parts[1].text, parts[2]
    clear = proof.tag == _SIMPLE
    who = ntlm.identity(proof.body) if proof.tag == _SASL else None
    if not (clear and proof.body) and who is None:
        return
    row: dict[str, Value] = {
        "event.action": "logon",
        "event.outcome": _outcome(result),
        "network.protocol": "ldap",
        "user.name": (who.user if who else name)[:256] or None,
        "user.domain": (who.domain or None) if who else None,
        "taishi.logon.method": "password" if clear else "ntlm",
        "taishi.logon.cleartext": clear,
    }
    extra: dict[str, Json] = {} if result is None else {"ldap.result": result}
    yield Found("logon", bind.time, bind.record, row, extra)


def _outcome(result: int | None) -> str | None:
    return {_SUCCESS: "success", _INVALID_CREDENTIALS: "failure"}.get(-1 if result is None else result)


def _asked(operation: Node) -> dict[str, Value]:
    parts = list(operation.children())
    if len(parts) < 7:
        return {}
    attributes = [one.text for one in parts[7].children()][:64] if len(parts) > 7 else []
    return {
        "taishi.ldap.base": parts[0].text[:512] or None,
        "taishi.ldap.scope": _SCOPES.get(parts[1].number),
        "taishi.ldap.filter": written(parts[6])[:2048],
        "taishi.ldap.attributes": attributes or None,
    }


def _found(search: _Search, result: int | None) -> Found:
    row: dict[str, Value] = {
        "event.action": "ldap-search",
        "event.outcome": None if result is None else "success" if result == _SUCCESS else "failure",
        "network.protocol": "ldap",
        **search.row,
        "taishi.ldap.entries": search.entries,
        "taishi.ldap.result": result,
    }
    return Found("ldap", search.said.time, search.said.record, row)


def _result(operation: Node) -> int | None:
    return next((one.number for one in operation.children() if one.tag == 0x0A), None)


DISSECTOR = Ldap()
