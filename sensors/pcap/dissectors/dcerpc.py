"""DCE/RPC over TCP (the endpoint mapper on 135, services on dynamic ports): one event for calls of a kind."""

from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.little import u16
from sensors.pcap.rpc import PDU, Association
from sensors.pcap.rpc_rows import calls
from sensors.pcap.stream import Side


class DceRpc:
    name = "dcerpc"
    wants = 1 << 18

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        return flow.transport == 6 and (_begins(client) or (not client and _begins(server)))

    def events(self, talk: Conversation) -> Iterator[Found]:
        association = Association()
        pieces = [*_pieces(talk.client, True), *_pieces(talk.server, False)]
        for record, time, of_client, piece in sorted(pieces, key=lambda piece: piece[0]):
            association.feed(of_client, piece, time, record)
        yield from calls(association)


def _begins(data: bytes) -> bool:
    return PDU.match(data) is not None and 16 <= u16(data, 8) <= 32768


def _pieces(side: Side, of_client: bool) -> Iterator[tuple[int, int, bool, bytes]]:
    for piece, time, record in zip(side.pieces, side.times, side.indexes, strict=True):
        yield record, time, of_client, piece


DISSECTOR = DceRpc()
