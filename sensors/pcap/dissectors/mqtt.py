"""MQTT (OASIS 3.1.1 and 5): who connects, with a password in clear or without any, and the answer."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from taishi.core.event import Json, Value

_CONNECT = re.compile(rb"\x10[\x00-\xff]{1,4}?\x00(?:\x04MQTT|\x06MQIsdp)([\x03-\x05])(.)(..)", re.DOTALL)
_WILL, _PASSWORD, _USER = 0x04, 0x40, 0x80


class Mqtt:
    name = "mqtt"
    wants = 4096

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:  # noqa: ARG002 - the client speaks first
        return flow.transport == 6 and bool(_CONNECT.match(client))

    def events(self, talk: Conversation) -> Iterator[Found]:
        data = talk.client.data
        start = _CONNECT.match(data)
        if start is None:
            return
        flags, at = start[2][0], start.end()
        if start[1] == b"\x05":
            at += 1 + data[at]
        name, at = _text(data, at)
        if flags & _WILL:
            at = _past_will(data, at, start[1] == b"\x05")
        user = _text(data, at)[0] if flags & _USER else None
        row: dict[str, Value] = {
            "event.action": "logon",
            "event.outcome": _outcome(talk.server.data),
            "user.name": user,
            "taishi.logon.method": "password" if flags & _PASSWORD else "none",
            "taishi.logon.cleartext": bool(flags & _PASSWORD),
        }
        extra: dict[str, Json] = {"mqtt.client_id": name[:64], "mqtt.version": start[1][0]}
        yield Found("logon", *talk.client.moment(0), row, extra)


def _past_will(data: bytes, at: int, with_properties: bool) -> int:
    if with_properties:
        at += 1 + data[at]
    at = _text(data, at)[1]
    return _text(data, at)[1]


def _text(data: bytes, at: int) -> tuple[str, int]:
    size = int.from_bytes(data[at : at + 2], "big")
    return data[at + 2 : at + 2 + size].decode("utf-8", "replace"), at + 2 + size


def _outcome(data: bytes) -> str | None:
    """CONNACK: its fourth byte is 0 where the session was accepted."""
    if len(data) < 4 or data[0] != 0x20:
        return None
    return "success" if data[3] == 0 else "failure"


DISSECTOR = Mqtt()
