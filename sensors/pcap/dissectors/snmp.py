"""SNMP 1 and 2c (RFC 1157, RFC 1901): the community, which is their only password and crosses in clear."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from taishi.core.event import Json

_MESSAGE = re.compile(
    rb"\x30(?:[\x0c-\x7f]|\x81.|\x82..)\x02\x01([\x00\x01])\x04([\x00-\x40])([\x20-\x7e]{0,64})([\xa0-\xa8])",
    re.DOTALL,
)
_KINDS = {
    0xA0: "get",
    0xA1: "get-next",
    0xA2: "response",
    0xA3: "set",
    0xA4: "trap",
    0xA5: "get-bulk",
    0xA7: "trap",
}
#: Communities that devices are delivered with.
_DEFAULTS = frozenset({"public", "private", "admin", "community", "snmp", "cisco", "manager", "default"})


class Snmp:
    name = "snmp"
    wants = 4096

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        return flow.transport == 17 and bool(_MESSAGE.match(client) or _MESSAGE.match(server))

    def events(self, talk: Conversation) -> Iterator[Found]:
        """One event for each community and kind of message in the flow, not for each poll."""
        told: set[tuple[str, str]] = set()
        number = len(_communities(talk))
        for side, answering in ((talk.client, False), (talk.server, True)):
            for piece, time, record in zip(side.pieces, side.times, side.indexes, strict=True):
                found = _MESSAGE.match(piece)
                if found is None or len(found[3]) != found[2][0]:
                    continue
                community, kind = found[3].decode(), _KINDS.get(found[4][0], "other")
                if (community, kind) in told or len(told) > 16:
                    continue
                told.add((community, kind))
                extra: dict[str, Json] = {
                    "snmp.version": "1" if found[1] == b"\0" else "2c",
                    "snmp.default_community": community.lower() in _DEFAULTS,
                    "snmp.communities": number,
                }
                row = {"event.action": kind, "event.dataset": "pcap.snmp"}
                yield Found("other", time, record, row, extra, answering)


def _communities(talk: Conversation) -> set[bytes]:
    """The different communities that the client said: guessing tools try many from one port."""
    found = (_MESSAGE.match(piece) for piece in talk.client.pieces)
    return {one[3] for one in found if one is not None and len(one[3]) == one[2][0]}


DISSECTOR = Snmp()
