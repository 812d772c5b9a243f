"""PostgreSQL (Frontend/Backend Protocol 3.0): user, database, how the password went, how it ended."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.database import replies
from sensors.pcap.flow import Flow
from taishi.core.event import Json, Value

_TLS, _GSS = b"\0\0\0\x08\x04\xd2\x16\x2f", b"\0\0\0\x08\x04\xd2\x16\x30"
_START = re.compile(rb"\0\0..\0\x03\0\0([\x20-\x7e\x80-\xff\0]{4,2000}?)\0\0", re.DOTALL)
_METHODS = {0: "none", 2: "kerberos", 3: "password", 5: "md5", 7: "gssapi", 9: "sspi", 10: "scram"}


class Postgresql:
    name = "postgresql"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        begins = client[:8] in (_TLS, _GSS) and server[:1] in (b"N", b"")
        return begins or (bool(_START.match(client)) and b"user\0" in client[:64])

    def events(self, talk: Conversation) -> Iterator[Found]:
        asked, told = talk.client.data, talk.server.data
        while asked[:8] in (_TLS, _GSS) and told[:1] == b"N":
            asked, told = asked[8:], told[1:]
        start = _START.match(asked)
        if start is None:
            return
        words = start[1].split(b"\0")
        named = dict(zip(words[::2], words[1::2], strict=False))
        methods, outcome = _answers(told)
        row: dict[str, Value] = {
            "event.action": "logon",
            "event.outcome": outcome,
            "user.name": named.get(b"user", b"").decode("utf-8", "replace")[:64] or None,
            "taishi.logon.method": methods[0] if methods else None,
            "taishi.logon.cleartext": "password" in methods,
        }
        database = named.get(b"database", b"").decode("utf-8", "replace")[:64]
        extra: dict[str, Json] = {"postgresql.database": database, "postgresql.methods": [*methods]}
        yield Found("logon", *talk.client.moment(0), row, extra)
        yield from replies(talk, row["user.name"], self.name)


def _answers(data: bytes) -> tuple[list[str], str | None]:
    """The ways of authentication that were asked for, and whether it ended well."""
    at, methods = 0, list[str]()
    for _ in range(16):
        if at + 5 > len(data):
            break
        kind, size = data[at : at + 1], int.from_bytes(data[at + 1 : at + 5], "big")
        if kind == b"E":
            return methods, "failure"
        if kind == b"R":
            code = int.from_bytes(data[at + 5 : at + 9], "big")
            if code == 0:
                return methods or ["none"], "success"
            if code in _METHODS:
                methods.append(_METHODS[code])
        at += 1 + size
    return methods, None


DISSECTOR = Postgresql()
