"""MySQL and MariaDB (Client/Server Protocol, connection phase): version, who logs on, how it ended."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.database import replies
from sensors.pcap.flow import Flow
from taishi.core.event import Json, Value

#: Protocol 10, a version that begins with a number, NUL.
_GREETING = re.compile(rb"..\0\0\x0a(\d[\x20-\x7e]{2,60})\0", re.DOTALL)
_SSL, _OK, _ERROR, _MORE = 0x0800, 0x00, 0xFF, 0xFE
#: Fixed fields of the handshake response before the user's name: flags, size, character set, filler.
_BEFORE_USER = 32


class Mysql:
    name = "mysql"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:  # noqa: ARG002 - the server speaks first
        return flow.transport == 6 and bool(_GREETING.match(server))

    def events(self, talk: Conversation) -> Iterator[Found]:
        greeting = _GREETING.match(talk.server.data)
        if greeting is None:
            return
        extra: dict[str, Json] = {"mysql.server.version": greeting[1].decode("latin-1")}
        response = talk.client.data[4:]
        flags = int.from_bytes(response[:4], "little")
        extra["mysql.tls"] = bool(flags & _SSL) and len(response) <= _BEFORE_USER + 4
        yield Found(
            "other",
            *talk.server.moment(0),
            {"event.action": "hello", "event.dataset": "pcap.mysql"},
            extra,
            True,
        )
        if len(response) > _BEFORE_USER and not extra["mysql.tls"]:
            row: dict[str, Value] = {
                "event.action": "logon",
                "event.outcome": _outcome(talk.server.data),
                "user.name": response[_BEFORE_USER:].partition(b"\0")[0].decode("utf-8", "replace")[:64]
                or None,
                "taishi.logon.method": "password",
                "taishi.logon.cleartext": False,
            }
            yield Found("logon", *talk.client.moment(0), row, {})
            yield from replies(talk, row["user.name"], self.name)


def _outcome(data: bytes) -> str | None:
    """The first OK or error after the greeting; a switch of the method or more data may come between."""
    at = 4 + int.from_bytes(data[:3], "little")
    for _ in range(8):
        if at + 5 > len(data):
            return None
        kind = data[at + 4]
        if kind == _OK:
            return "success"
        if kind == _ERROR:
            return "failure"
        at += 4 + int.from_bytes(data[at : at + 3], "little")
    return None


DISSECTOR = Mysql()
