"""Remote Desktop (MS-RDPBCGR, connection sequence): the name in the cookie and the protection agreed on."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from taishi.core.event import Json

#: TPKT (RFC 1006), X.224 connection request; confirm.
_REQUEST = re.compile(rb"\x03\x00\x00.[\x06-\xfe]\xe0\x00\x00..\x00", re.DOTALL)
_CONFIRM = re.compile(rb"\x03\x00\x00.[\x06-\xfe]\xd0..", re.DOTALL)
_COOKIE = re.compile(rb"Cookie: (?:mstshash|msts)=([^\r\n]{1,100})\r\n")
#: RDP_NEG_REQ and RDP_NEG_RSP: type, flags, length 8, protocols (2.2.1.1.1, 2.2.1.2.1).
_ASKED, _AGREED = (
    re.compile(rb"\x01.\x08\x00(.{4})", re.DOTALL),
    re.compile(rb"\x02.\x08\x00(.{4})", re.DOTALL),
)
_PROTECTIONS = {0: "rdp", 1: "tls", 2: "nla", 4: "rdstls", 8: "nla-ex"}


class Rdp:
    name = "rdp"
    wants = 8192

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or 102 in (flow.source.port, flow.destination.port):
            return False
        usual = 3389 in (flow.source.port, flow.destination.port)
        asked = bool(_REQUEST.match(client)) and (
            usual or b"Cookie: mst" in client[:64] or bool(_ASKED.search(client[:80]))
        )
        return asked or (not client and usual and bool(_CONFIRM.match(server)))

    def events(self, talk: Conversation) -> Iterator[Found]:
        asked, told = talk.client.data, talk.server.data
        extra: dict[str, Json] = {}
        if cookie := _COOKIE.search(asked[:200]):
            extra["rdp.cookie"] = cookie[1].decode("latin-1")
        if agreed := _AGREED.search(told[:32]):
            extra["rdp.protection"] = _PROTECTIONS.get(int.from_bytes(agreed[1], "little"), "other")
        elif _CONFIRM.match(told):
            # A server that confirms without a negotiation knows only RDP's own encryption (5.3).
            extra["rdp.protection"] = "rdp"
        # A client that asks for this channel by name tries CVE-2019-0708: Windows keeps it for itself.
        extra["rdp.internal_channel"] = b"MS_T120\0" in asked
        first = talk.client if asked else talk.server
        yield Found("other", *first.moment(0), {"event.action": "hello", "event.dataset": "pcap.rdp"}, extra)


DISSECTOR = Rdp()
