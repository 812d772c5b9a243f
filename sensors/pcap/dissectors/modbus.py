"""Modbus over TCP (Application Protocol 1.1b3): what a session asked of a controller."""

import re
from collections import Counter
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from taishi.core.event import Json

#: Transaction, protocol 0, length below 256, unit, function.
_MESSAGE = re.compile(rb"..\0\0\0[\x02-\xff].[\x01-\x2b\x5a\x81-\xab\xda]", re.DOTALL)
_WRITES = frozenset({5, 6, 15, 16, 21, 22, 23})
#: Restart, list of connected slaves, vendors' programming function (Schneider 0x5A).
_CONTROL = frozenset({8, 43, 90})


class Modbus:
    name = "modbus"
    wants = 1 << 15

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or 502 not in (flow.source.port, flow.destination.port):
            return False
        return all(not data or _MESSAGE.match(data) for data in (client, server)) and bool(client or server)

    def events(self, talk: Conversation) -> Iterator[Found]:
        asked, refused = Counter(_functions(talk.client.data)), 0
        for function in _functions(talk.server.data):
            refused += function >= 0x80
        functions: list[Json] = [*sorted(asked)]
        extra: dict[str, Json] = {
            "modbus.functions": functions,
            "modbus.requests": asked.total(),
            "modbus.writes": sum(count for function, count in asked.items() if function in _WRITES),
            "modbus.control": sum(count for function, count in asked.items() if function in _CONTROL),
            "modbus.refused": refused,
        }
        first = talk.client if talk.client.data else talk.server
        yield Found(
            "other", *first.moment(0), {"event.action": "commands", "event.dataset": "pcap.modbus"}, extra
        )


def _functions(data: bytes) -> Iterator[int]:
    at = 0
    while at + 8 <= len(data) and data[at + 2 : at + 4] == b"\0\0":
        yield data[at + 7]
        at += 6 + int.from_bytes(data[at + 4 : at + 6], "big")


DISSECTOR = Modbus()
