"""VNC (RFB, RFC 6143, 7.1): which security was chosen, and whether the logon succeeded."""

import struct
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from taishi.core.event import Value

_GREETING = 12
_NONE, _CHALLENGE = 1, 2
_CHALLENGE_BYTES = 16


class Vnc:
    name = "vnc"
    wants = 4096

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        greeted = not client or client[:4] == b"RFB "
        return flow.transport == 6 and greeted and server[:4] == b"RFB " and server[11:12] == b"\n"

    def events(self, talk: Conversation) -> Iterator[Found]:
        client, server = talk.client.data, talk.server.data
        old = client[:11] == b"RFB 003.003"
        chosen, at = _chosen(client, server, old)
        if chosen is None:
            return
        if chosen == _CHALLENGE:
            at += _CHALLENGE_BYTES
        told = server[at : at + 4]
        # Without a password, versions before 3.8 send no result and go on.
        silent = chosen == _NONE and client[:11] < b"RFB 003.008"
        outcome = "success" if silent else _outcome(told) if chosen in (_NONE, _CHALLENGE) else None
        row: dict[str, Value] = {
            "event.action": "logon",
            "event.outcome": outcome,
            "network.protocol": self.name,
            "taishi.logon.method": "none" if chosen == _NONE else "password",
            "taishi.logon.cleartext": False,
        }
        yield Found("logon", *talk.server.moment(0), row, {"vnc.security": chosen})


def _chosen(client: bytes, server: bytes, old: bool) -> tuple[int | None, int]:
    """The security type, and where the server goes on; None where it was not said."""
    if old:
        word = server[_GREETING : _GREETING + 4]
        return (struct.unpack("!I", word)[0] or None if len(word) == 4 else None), _GREETING + 4
    number = server[_GREETING] if len(server) > _GREETING else 0
    if not number or len(client) <= _GREETING:
        return None, 0
    return client[_GREETING], _GREETING + 1 + number


def _outcome(told: bytes) -> str | None:
    if len(told) < 4:
        return None
    return "failure" if any(told) else "success"


DISSECTOR = Vnc()
