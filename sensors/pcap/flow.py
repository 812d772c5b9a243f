"""One flow in both directions, and what its TCP flags say about how it went (in Zeek's words)."""

from sensors.pcap.packet import TCP, Packet
from sensors.pcap.stream import Stream, TcpStream

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32

#: What a side has done, as bits of `Half.seen`, and the letters Zeek's history uses for it.
_S, _H, _A, _D, _F, _R = 1, 2, 4, 8, 16, 32
_LETTERS = ((_S, "s"), (_H, "h"), (_A, "a"), (_D, "d"), (_F, "f"), (_R, "r"))
#: Ports above 1023 that services listen on: who speaks first from one of them is answering.
SERVICES = frozenset(
    {1433, 1521, 1723, 1812, 1883, 1900, 2049, 3128, 3306, 3389, 3478, 5060, 5222, 5353, 5355, 5432}
    | {5672, 5900, 5985, 6379, 6667, 8000, 8080, 8443, 8888, 9092, 9200, 11211, 27017}
)
#: How much of the first payload is kept to tell the protocol.
HEAD_BYTES = 256
#: How many payload lengths are kept in their order.
LENGTHS = 8


def _marks(flags: int) -> int:
    if flags & SYN:
        return _H if flags & ACK else _S
    marks = (_F if flags & FIN else 0) | (_R if flags & RST else 0)
    return marks or (_A if flags & ACK else 0)


#: What a packet does by its flags, without payload and with payload.
BARE = tuple(_marks(flags) for flags in range(256))
LOADED = tuple((_marks(flags) & ~_A) | _D for flags in range(256))


class Half:
    """What one side sent. `bytes` are those of IP packets, `payload` those above the transport."""

    __slots__ = (
        "address",
        "bytes",
        "flags",
        "following",
        "full",
        "head",
        "largest",
        "loaded",
        "mac",
        "packets",
        "payload",
        "port",
        "retransmitted",
        "seen",
        "smallest",
        "stream",
    )

    def __init__(self, address: bytes, port: int, mac: bytes) -> None:
        self.address = address
        self.port = port
        self.mac = mac
        self.packets = self.bytes = self.payload = self.loaded = 0
        self.smallest = self.largest = 0
        self.flags: dict[int, int] = {}
        #: The sequence number behind the last byte that was new, and segments with nothing new.
        self.following: int | None = None
        self.retransmitted = 0
        self.seen = 0
        self.head = b""
        self.stream: Stream | None = None
        self.full = False

    def load(self, size: int) -> None:
        """Counts one packet with `size` bytes of payload."""
        self.payload += size
        self.loaded += 1
        if size > self.largest:
            self.largest = size
        if size < self.smallest or self.loaded == 1:
            self.smallest = size

    def follow(self, packet: Packet) -> None:
        """Counts payload of which nothing is new: sent again, or overtaken. Keep-alive probes are neither."""
        stop = packet.sequence + packet.size + (packet.flags & (SYN | FIN) > 0)
        ahead = (
            1 if self.following is None else ((stop - self.following + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        )
        if ahead > 0:
            self.following = stop & 0xFFFFFFFF
        elif packet.size > 1 or (packet.size == 1 and ahead < 0):
            self.retransmitted += 1

    def hear(self, packet: Packet, piece: bytes) -> Stream:
        """Adds payload to the side's stream and returns it."""
        stream = self.stream
        if packet.protocol != TCP:
            if stream is None:
                stream = self.stream = Stream()
            stream.append(piece, packet.time, packet.index)
            return stream
        # A SYN takes a number of its own before the payload it may carry (RFC 7413).
        sequence = (packet.sequence + (packet.flags & SYN > 0)) & 0xFFFFFFFF
        if not isinstance(stream, TcpStream):
            stream = self.stream = TcpStream(sequence)
        stream.segment(sequence, piece, packet.time, packet.index)
        return stream


class Flow:
    """A flow from its first packet on. Times in microseconds since 1970; `index` of the first packet."""

    __slots__ = (
        "closed",
        "destination",
        "dissector",
        "end",
        "flipped",
        "found",
        "history",
        "index",
        "key",
        "lengths",
        "lingering",
        "protocol",
        "secret",
        "source",
        "start",
        "transport",
        "tunnel",
        "version",
        "vlan",
    )

    def __init__(self, key: tuple[bytes, int, bytes, int, int], source: Half, destination: Half) -> None:
        self.key = key
        self.source = source
        self.destination = destination
        self.history = ""
        self.lengths: list[int] = []
        self.closed = self.lingering = self.flipped = self.secret = False
        self.found = 0
        self.start = self.end = self.index = 0
        self.transport = self.version = self.vlan = 0
        self.tunnel = ""
        self.protocol: str | None = None
        #: Place of its dissector in the table's row of them.
        self.dissector: int | None = None

    def note_flags(self, half: Half, flags: int, loaded: bool) -> None:
        """Takes in the flags of one TCP packet of `half`."""
        half.flags[flags] = half.flags.get(flags, 0) + 1
        new = (LOADED if loaded else BARE)[flags & 0xFF] & ~half.seen
        if not new:
            return
        half.seen |= new
        letters = "".join(letter for mark, letter in _LETTERS if new & mark)
        self.history += letters.upper() if half is self.source else letters
        if new & _R or (self.source.seen & _F and self.destination.seen & _F):
            self.closed = True

    def turn(self) -> None:
        """Swaps source and destination: the first packet seen was an answer."""
        self.source, self.destination = self.destination, self.source
        self.history = self.history.swapcase()
        self.lengths = [-length for length in self.lengths]
        self.flipped = not self.flipped

    @property
    def opened(self) -> bool:
        """Whether the connection's beginning was seen, so that the direction is certain."""
        return bool(self.source.seen & _S or self.destination.seen & _H)

    def state(self) -> str:
        """Zeek's conn_state; other transports than TCP only tell who spoke."""
        if self.transport == 6:
            return _tcp_state(self.source.seen, self.destination.seen, self.history)
        if self.transport != 17:
            return "OTH"
        if not self.source.packets:
            return "SHR"
        return "SF" if self.destination.packets else "S0"


def _tcp_state(source: int, destination: int, history: str) -> str:
    if not source & _S:
        return _headless_state(source, destination)
    if not destination & (_H | _A | _D | _F):
        if destination & _R:
            return "REJ"
        return "RSTOS0" if source & _R else "SH" if source & _F else "S0"
    return _established_state(source, destination, history)


def _headless_state(source: int, destination: int) -> str:
    """The opening SYN was not seen."""
    if destination & _H and not source:
        return "RSTRH" if destination & _R else "SHR" if destination & _F else "OTH"
    return "OTH"


def _established_state(source: int, destination: int, history: str) -> str:
    resets = [history.index(letter) for letter in "Rr" if letter in history]
    ended = source & _F and destination & _F
    if resets and not (ended and max(history.index("F"), history.index("f")) < min(resets)):
        return "RSTO" if history[min(resets)] == "R" else "RSTR"
    if ended:
        return "SF"
    return "S2" if source & _F else "S3" if destination & _F else "S1"
