"""QUIC handshakes: one `tls` event with what the hellos in the Initial packets say.

Google's own versions before QUIC 50 send their hello unencrypted, as tags (CHLO).
"""

import re
from collections.abc import Iterable, Iterator

from sensors.pcap import hello
from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dissectors.tls import client_columns, server_columns
from sensors.pcap.flow import Flow
from sensors.pcap.hello import Hello
from sensors.pcap.quic_packets import Initial, crypto_pieces, initials, joined, opened
from sensors.pcap.stream import Side
from taishi.core.event import Json, Value

#: Long header of versions 1 and 2 and of the drafts.
_LONG = re.compile(rb"[\xc0-\xff](?:\x00\x00\x00\x01|\x6b\x33\x43\xcf|\xff\x00\x00[\x17-\x22])", re.DOTALL)
#: Google's public header with a version, and the hello's message tag.
_GOOGLE = re.compile(rb"[\x08-\x0f].{8}Q0([0-4]\d)|[\xc0-\xff]Q0([0-4]\d)", re.DOTALL)
_NAMES = {1: "1", 0x6B3343CF: "2"}
_TAGS = 128


class Quic:
    name = "quic"
    #: The hellos stand in the first datagrams; a large one with a post-quantum share takes three.
    wants = 1 << 14

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:  # noqa: ARG002
        return flow.transport == 17 and bool(_LONG.match(client) or _GOOGLE.match(client))

    def events(self, talk: Conversation) -> Iterator[Found]:
        row: dict[str, Value] = {"network.protocol": "quic"}
        extra: dict[str, Json] = {}
        found = _google(talk.client, row, extra) or _standard(talk, row, extra)
        if found is not None:
            yield Found("tls", *found, row, extra)


def _standard(talk: Conversation, row: dict[str, Value], extra: dict[str, Json]) -> tuple[int, int] | None:
    packets = list(_packets(talk.client))
    if not packets:
        return None
    ids = list(dict.fromkeys(packet.destination_id for packet, _ in packets))[:4]
    client = _hello(_crypto(packets, ids, of_client=True), hello.CLIENT_HELLO)
    server = _hello(_crypto(_packets(talk.server), ids, of_client=False), hello.SERVER_HELLO)
    if client is None:
        return None
    row |= client_columns(client, extra, "q")
    extra["quic.version"] = _NAMES.get(packets[0][0].version, f"{packets[0][0].version:#010x}")
    if server is not None:
        row |= server_columns(server, None, extra)
    row["tls.established"] = server is not None
    return talk.client.times[packets[0][1]], talk.client.indexes[packets[0][1]]


def _packets(side: Side) -> Iterator[tuple[Initial, int]]:
    """Initial packets with the place of their datagram."""
    for place, datagram in enumerate(side.pieces[:16]):
        for packet in initials(datagram):
            yield packet, place


def _crypto(packets: Iterable[tuple[Initial, int]], ids: list[bytes], of_client: bool) -> bytes:
    """The handshake stream. After a Retry the keys come from another connection id, so each is tried."""
    pieces: list[tuple[int, bytes]] = []
    for packet, _ in packets:
        frames = next((one for first in ids if (one := opened(packet, first, of_client)) is not None), None)
        if frames is not None:
            pieces += crypto_pieces(frames)
    return joined(pieces)


def _hello(stream: bytes, kind: int) -> Hello | None:
    if len(stream) < 4 or stream[0] != kind:
        return None
    body = stream[4 : 4 + int.from_bytes(stream[1:4], "big")]
    try:
        return hello.client_hello(body) if kind == hello.CLIENT_HELLO else hello.server_hello(body)
    except IndexError:
        return None


def _google(side: Side, row: dict[str, Value], extra: dict[str, Json]) -> tuple[int, int] | None:
    """The first CHLO of Google's QUIC: a table of tags and end offsets, then the values."""
    for place, datagram in enumerate(side.pieces[:4]):
        version, at = _GOOGLE.match(datagram), datagram.find(b"CHLO")
        if version is None or at < 0:
            continue
        tags = _tags(datagram, at)
        extra["quic.version"] = "Q0" + (version[1] or version[2]).decode()
        row["tls.client.server_name"] = tags.get(b"SNI\0", b"").decode("latin-1") or None
        extra["quic.user_agent"] = tags.get(b"UAID", b"").decode("latin-1") or None
        return side.times[place], side.indexes[place]
    return None


def _tags(data: bytes, at: int) -> dict[bytes, bytes]:
    count = min(int.from_bytes(data[at + 4 : at + 6], "little"), _TAGS)
    table, values, begin, found = at + 8, at + 8 + 8 * count, 0, {}
    for place in range(table, values, 8):
        end = int.from_bytes(data[place + 4 : place + 8], "little")
        found[data[place : place + 4]] = data[values + begin : values + end]
        begin = end
    return found


DISSECTOR = Quic()
