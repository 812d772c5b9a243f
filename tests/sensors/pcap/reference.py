"""The flow table in plain Python, packet by packet: what the compiled one must give, too.

Nothing but the tests reads it. The dissectors' payload goes through the product's own streams.
"""

import struct
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from itertools import chain

from sensors.pcap import protocols
from sensors.pcap.capture import Capture, opened
from sensors.pcap.community import is_icmp_answer
from sensors.pcap.conversation import Conversation, Dissector, Found
from sensors.pcap.flow import ACK, HEAD_BYTES, LENGTHS, SERVICES, SYN, Flow, Half
from sensors.pcap.limits import Limits
from sensors.pcap.links import NotIP, Undecodable
from sensors.pcap.packet import TCP, UDP, Decoder, Packet
from sensors.pcap.rows import flow_row, found_row
from sensors.pcap.stream import Side, TcpStream
from taishi.core.event import Batch, Builders
from taishi.core.source import Reject, Source

#: Without a dissector after so much of one direction, nobody listens any longer.
_UNDECIDED_BYTES = 16384
_UNDECIDED_MESSAGES = 4
#: Microseconds.
_LEAP = 86_400 * 1_000_000
_NOTHING = Side([], [], [])

Key = tuple[bytes, int, bytes, int, int]
#: An event found inside a flow with its number in there, or (None, 0) the flow itself, which has ended.
Ready = tuple[Flow, Found | None, int]
#: Called with a packet's number, the reason and its bytes, where a dissector stumbles over damage.
Stumble = Callable[[int, str, bytes], None]


class FlowTable:
    """Takes packets in their order; `drain` gives what is ready, in the order it became so."""

    def __init__(self, dissectors: tuple[Dissector, ...], limits: Limits, stumble: Stumble) -> None:
        self._dissectors = dissectors
        self._limits = limits
        self._stumble = stumble
        self._tcp: OrderedDict[Key, Flow] = OrderedDict()
        self._other: OrderedDict[Key, Flow] = OrderedDict()
        self._closing: deque[tuple[int, Flow]] = deque()
        self._now = self._strange = 0
        self._held = 0
        self._ready: list[Ready] = []

    def drain(self) -> list[Ready]:
        """Events found inside flows and flows that have ended, since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def take(self, packet: Packet) -> None:
        if not 0 <= packet.time - self._now <= 1_000_000:
            self._tick(packet.time)
        source, destination = packet.source, packet.destination
        sport, dport = packet.source_port, packet.destination_port
        tag = packet.protocol | packet.vlan << 9
        if packet.one_way:
            key = (source, sport, destination, dport, tag | 256)
        elif source < destination or (source == destination and sport <= dport):
            key = (source, sport, destination, dport, tag)
        else:
            key = (destination, dport, source, sport, tag)
        table = self._tcp if packet.protocol == TCP else self._other
        flow = table.get(key)
        if flow is None or self._is_over(flow, packet):
            flow = self._begin(table, key, packet)
        else:
            table.move_to_end(key)
        half = (
            flow.source if flow.source.address == source and flow.source.port == sport else flow.destination
        )
        self._count(flow, half, packet)

    def _tick(self, now: int) -> None:
        """Moves capture time. A leap of more than a day, either way, is believed from a second packet."""
        if abs(now - self._now) > _LEAP:
            doubtful = abs(now - self._strange) > _LEAP
            self._strange = now
            if doubtful:
                return
        elif now < self._now:
            return
        self.sweep(now)

    def sweep(self, now: int) -> None:
        """Ends what has been silent for too long at `now`, in microseconds."""
        self._now = now
        limits = self._limits
        while self._closing and not now < self._closing[0][0] < now + _LEAP:
            flow = self._closing.popleft()[1]
            if self._tcp.get(flow.key) is flow:
                self._finish(flow)
        for table, idle in ((self._other, limits.idle_other), (self._tcp, limits.idle_tcp)):
            before = now - idle * 1_000_000
            while table:
                flow = next(iter(table.values()))
                # An end far ahead is a wrong clock's: the flows behind it must not wait for that.
                if before <= flow.end < now + _LEAP:
                    break
                self._finish(flow)

    def close(self) -> None:
        """Ends every flow: the capture is over."""
        for flow in sorted(chain(self._tcp.values(), self._other.values()), key=lambda flow: flow.end):
            self._finish(flow)

    def _is_over(self, flow: Flow, packet: Packet) -> bool:
        """Whether this packet opens the next flow between the same ports; the one before is ended then."""
        limits = self._limits
        idle = limits.idle_tcp if packet.protocol == TCP else limits.idle_other
        over = (
            (flow.closed and packet.flags & (SYN | ACK) == SYN)
            or packet.time - flow.end > idle * 1_000_000
            or (limits.active is not None and packet.time - flow.start > limits.active * 1_000_000)
        )
        if over:
            self._finish(flow)
        return over

    def _begin(self, table: OrderedDict[Key, Flow], key: Key, packet: Packet) -> Flow:
        if len(table) >= self._limits.flows:
            self._finish(next(iter(table.values())))
        first = Half(packet.source, packet.source_port, packet.macs[6:12])
        second = Half(packet.destination, packet.destination_port, packet.macs[:6])
        flow = table[key] = Flow(key, first, second)
        flow.start = flow.end = packet.time
        flow.index = packet.index
        flow.transport, flow.version = packet.protocol, packet.version
        flow.vlan, flow.tunnel = packet.vlan, packet.tunnel
        if _is_answer(packet):
            flow.turn()
        return flow

    def _count(self, flow: Flow, half: Half, packet: Packet) -> None:
        if packet.time > flow.end:
            flow.end = packet.time
        elif packet.time < flow.start:
            flow.start = packet.time
        half.packets += packet.count
        half.bytes += packet.length
        size = packet.size
        if packet.protocol == TCP:
            flow.note_flags(half, packet.flags, size > 0)
            half.follow(packet)
            if packet.flags & SYN and half.stream is None and self._dissectors:
                half.stream = TcpStream((packet.sequence + 1) & 0xFFFFFFFF)
            if flow.closed and not flow.lingering:
                flow.lingering = True
                self._closing.append((packet.time + self._limits.linger * 1_000_000, flow))
        if size:
            half.load(size)
            if len(flow.lengths) < LENGTHS:
                flow.lengths.append(size if half is flow.source else -size)
            if not half.head:
                half.head = packet.data[packet.begin : min(packet.end, packet.begin + HEAD_BYTES)]
            if self._dissectors and not half.full:
                self._listen(flow, half, packet)

    def _listen(self, flow: Flow, half: Half, packet: Packet) -> None:
        before = half.stream.cost if half.stream else 0
        stream = half.hear(packet, packet.data[packet.begin : packet.end])
        self._held += stream.cost - before
        if flow.dissector is None:
            many = packet.protocol == UDP and len(stream.pieces) >= _UNDECIDED_MESSAGES
            if many or stream.size >= _UNDECIDED_BYTES:
                self._decide(flow)
        elif stream.size >= self._dissectors[flow.dissector].wants:
            if packet.protocol == TCP:
                half.full = True
            else:
                self._dissect(flow)
        if self._held > self._limits.held_bytes:
            self._relieve()

    def _decide(self, flow: Flow) -> None:
        flow.dissector = self._recognised(flow)
        if flow.dissector is None:
            self._forget(flow)
            flow.source.full = flow.destination.full = True

    def _recognised(self, flow: Flow) -> int | None:
        """Where the beginning was not seen, the direction is a guess that content may correct."""
        for turned in (False,) if flow.opened else (False, True):
            client, server = (flow.destination, flow.source) if turned else (flow.source, flow.destination)
            for place, dissector in enumerate(self._dissectors):
                if dissector.recognises(_beginning(client), _beginning(server), flow):
                    if turned:
                        flow.turn()
                    return place
        return None

    def _dissect(self, flow: Flow) -> None:
        """Gives what has been heard so far to the flow's dissector, and forgets it."""
        if not (flow.source.loaded or flow.destination.loaded):
            return
        if flow.source.stream is None and flow.destination.stream is None:
            return
        if flow.dissector is None:
            flow.dissector = self._recognised(flow)
        talk = Conversation(flow, _side(flow.source), _side(flow.destination))
        self._forget(flow)
        if flow.dissector is None:
            return
        dissector = self._dissectors[flow.dissector]
        flow.protocol = flow.protocol or dissector.name
        try:
            for found in dissector.events(talk):
                flow.found += 1
                flow.secret = flow.secret or found.kind == "logon"
                self._ready.append((flow, found, flow.found))
        except (ValueError, LookupError, ArithmeticError, struct.error) as error:
            self._stumble(flow.index, f"{dissector.name}: {error}", flow.source.head)

    def _forget(self, flow: Flow) -> None:
        for half in (flow.source, flow.destination):
            if half.stream is not None:
                self._held -= half.stream.cost
                half.stream = None

    def _relieve(self) -> None:
        """Dissects the oldest flows early, until half of the memory for payload is free."""
        for flow in list(chain(self._other.values(), self._tcp.values())):
            if self._held < self._limits.held_bytes >> 1:
                return
            self._dissect(flow)
            flow.source.full = flow.destination.full = flow.transport == TCP

    def _finish(self, flow: Flow) -> None:
        del (self._tcp if flow.transport == TCP else self._other)[flow.key]
        self._dissect(flow)
        flow.protocol = protocols.recognise(flow) or flow.protocol
        self._ready.append((flow, None, 0))


def _is_answer(packet: Packet) -> bool:
    """Whether the first packet of a flow comes from the side that was asked.

    TCP: SYN with ACK. Without a SYN, and for UDP: it comes from a service port and goes to none.
    ICMP: it is a reply by its type.
    """
    if packet.protocol == TCP and packet.flags & SYN:
        return packet.flags & ACK > 0
    if packet.protocol not in (TCP, UDP):
        return is_icmp_answer(packet.protocol, packet.source_port)
    return _is_service(packet.source_port) and not _is_service(packet.destination_port)


def _is_service(port: int) -> bool:
    return port < 1024 or port in SERVICES


def _beginning(half: Half) -> bytes:
    return half.stream.beginning() if half.stream else b""


def _side(half: Half) -> Side:
    return half.stream.side() if half.stream else _NOTHING


def read(
    source: Source, reject: Reject, dissectors: tuple[Dissector, ...], limits: Limits
) -> Iterator[Batch]:
    """What a capture holds; `event.id` of flows is the builder's."""
    builders = Builders("pcap", source.identity)
    table = FlowTable(dissectors, limits, reject)

    def damaged(index: int, reason: str) -> None:
        reject(index, f"{reason}; everything before packet {index} is kept", b"")

    with opened(source, damaged) as capture:
        if capture is not None:
            for _ in _steps(capture, table, reject, damaged):
                for flow, found, number in table.drain():
                    if found is None:
                        builders.add("flow", flow.index, *flow_row(flow))
                    else:
                        builders.add(found.kind, found.record, *found_row(flow, found, number))
                yield from builders.full()
    yield from builders.rest()


def _steps(capture: Capture, table: FlowTable, reject: Reject, damaged: Callable[[int, str], None]):
    decoder = Decoder(capture.link)
    for chunk in capture.chunks(damaged):
        for number in range(len(chunk.meta)):
            data, time = chunk.frame(number)
            try:
                packet = decoder.decode(data, 0, len(data), time, chunk.first + number)
                if packet is not None:
                    table.take(packet)
            except NotIP:
                pass
            except Undecodable as reason:
                reject(chunk.first + number, str(reason), data)
        for packet in decoder.stale(chunk.last_us):
            table.take(packet)
        yield
    for packet in decoder.stale(None):
        table.take(packet)
    table.close()
    yield
