"""Payload that the compiled table noted becomes streams, and streams become events."""

import struct
from collections.abc import Callable

from sensors.pcap.compiled.layout import Rows
from sensors.pcap.compiled.table import Table
from sensors.pcap.conversation import Conversation, Dissector, Found
from sensors.pcap.flow import Flow
from sensors.pcap.packet import TCP, UDP
from sensors.pcap.shortlist import Shortlist
from sensors.pcap.stream import Side, Stream, TcpStream

#: Without a dissector after so much of one direction, nobody listens any longer.
_UNDECIDED_BYTES = 16384
_UNDECIDED_MESSAGES = 4
#: What a piece costs in memory beside its bytes, and what a stream does: its lists, its part of the talk.
_PIECE_COST = 100
_STREAM_COST = 800
_NOTHING = Side([], [], [])

#: An event found inside a flow, with its number in there.
Heard = tuple[Flow, Found, int]
#: Called with a packet's number, the reason and its bytes, where a dissector stumbles over damage.
Stumble = Callable[[int, str, bytes], None]


class Talk:
    """What is heard of one flow. `streams` by who sent the first packet (0) and who the other (1)."""

    __slots__ = ("cost", "dissector", "flow", "found", "full", "slot", "streams", "transport")

    def __init__(self, slot: int, transport: int) -> None:
        self.slot = slot
        self.transport = transport
        self.streams: list[Stream | None] = [None, None]
        self.full = [False, False]
        self.dissector: int | None = None
        self.flow: Flow | None = None
        self.cost = self.found = 0


class Listener:
    """Takes what a table heard, in its order; `drain` gives the events found in there."""

    def __init__(
        self, table: Table, dissectors: tuple[Dissector, ...], held_bytes: int, stumble: Stumble
    ) -> None:
        self._table = table
        self._dissectors = dissectors
        self._most = held_bytes
        self._stumble = stumble
        self._talks: dict[int, Talk] = {}
        self._held = 0
        self._found: list[Heard] = []
        #: Protocols of flows that have ended, by their slot.
        self.known: dict[int, str | None] = {}
        self._shortlist = Shortlist()

    def drain(self) -> list[Heard]:
        """Events found since the last call."""
        found, self._found = self._found, []
        return found

    def hear(self, notes: Rows, data: memoryview) -> None:
        """`notes` point into `data`."""
        for slot, side, begin, end, sequence, time, index, base, transport in notes.tolist():
            if side < 0:
                self._finish(self._talks.pop(slot))
                continue
            talk = self._talks.get(slot)
            if talk is None:
                talk = self._talks[slot] = Talk(slot, transport)
            if not talk.full[side]:
                self._listen(talk, side, bytes(data[begin:end]), (sequence, time, index, base))

    def _listen(self, talk: Talk, side: int, piece: bytes, place: tuple[int, int, int, int]) -> None:
        sequence, time, index, base = place
        stream = talk.streams[side]
        if stream is None:
            stream = talk.streams[side] = TcpStream(base) if talk.transport == TCP else Stream()
            talk.cost += _STREAM_COST
            self._held += _STREAM_COST
        if isinstance(stream, TcpStream):
            stream.segment(sequence, piece, time, index)
        else:
            stream.append(piece, time, index)
        cost = len(piece) + _PIECE_COST
        talk.cost += cost
        self._held += cost
        if talk.dissector is None:
            many = talk.transport == UDP and len(stream.pieces) >= _UNDECIDED_MESSAGES
            if many or stream.size >= _UNDECIDED_BYTES:
                self._decide(talk)
        elif stream.size >= self._dissectors[talk.dissector].wants:
            if talk.transport == TCP:
                self._fill(talk, side)
            else:
                self._dissect(talk)
        if self._held > self._most:
            self._relieve()

    def _fill(self, talk: Talk, side: int) -> None:
        """Nobody wants more of this side."""
        talk.full[side] = True
        self._table.fill(talk.slot, side)

    def _decide(self, talk: Talk) -> None:
        talk.dissector = self._recognised(talk)
        if talk.dissector is None:
            self._forget(talk)
            self._fill(talk, 0)
            self._fill(talk, 1)

    def _flow(self, talk: Talk) -> Flow:
        if talk.flow is None:
            talk.flow = self._table.flow(talk.slot)
        return talk.flow

    def _recognised(self, talk: Talk) -> int | None:
        """Where the beginning was not seen, the direction is a guess that content may correct."""
        flow = self._flow(talk)
        said = [_beginning(stream) for stream in self._sides(talk)]
        for turned in (False,) if flow.opened else (False, True):
            client, server = said[::-1] if turned else said
            for place, dissector in enumerate(self._dissectors):
                if dissector.recognises(client, server, flow):
                    if turned:
                        flow.turn()
                        self._table.correct(talk.slot)
                    return place
        return None

    def _sides(self, talk: Talk) -> list[Stream | None]:
        """The streams of source and destination."""
        return talk.streams[::-1] if self._flow(talk).flipped else talk.streams

    def _dissect(self, talk: Talk) -> None:
        """Gives what has been heard so far to the flow's dissector, and forgets it."""
        if talk.streams == [None, None]:
            return
        if talk.dissector is None:
            talk.dissector = self._recognised(talk)
        flow = self._flow(talk)
        if talk.dissector is None:
            self._forget(talk)
            return
        client, server = self._sides(talk)
        conversation = Conversation(flow, _side(client), _side(server))
        self._forget(talk)
        dissector = self._dissectors[talk.dissector]
        flow.protocol = flow.protocol or dissector.name
        try:
            for found in dissector.events(conversation):
                flow.found += 1
                flow.secret = flow.secret or found.kind == "logon"
                self._found.append((flow, found, flow.found))
        except (ValueError, LookupError, ArithmeticError, struct.error) as error:
            self._stumble(flow.index, f"{dissector.name}: {error}", flow.source.head)

    def _forget(self, talk: Talk) -> None:
        self._held -= talk.cost
        talk.cost = 0
        talk.streams = [None, None]

    def _relieve(self) -> None:
        """Dissects the oldest flows early, until half of the memory for payload is free."""
        for talk in list(self._talks.values()):
            if self._held < self._most >> 1:
                return
            self._dissect(talk)
            if talk.transport == TCP:
                self._fill(talk, 0)
                self._fill(talk, 1)

    def _finish(self, talk: Talk) -> None:
        self._dissect(talk)
        flow = talk.flow
        if flow is None:
            return
        ports = flow.source.port, flow.destination.port
        # The flow was perhaps looked at before the other side had said anything.
        heads = self._table.head(talk.slot, 0), self._table.head(talk.slot, 1)
        said = self._shortlist.name(flow.transport, ports, *(heads[::-1] if flow.flipped else heads))
        flow.protocol = self.known[talk.slot] = said or flow.protocol
        if flow.secret:
            self._table.hide(talk.slot)


def _beginning(stream: Stream | None) -> bytes:
    return stream.beginning() if stream else b""


def _side(stream: Stream | None) -> Side:
    return stream.side() if stream else _NOTHING
