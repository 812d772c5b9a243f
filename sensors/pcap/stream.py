"""Payload of one direction in its order, bounded, with the moment every piece of it was seen."""

from bisect import bisect_right
from heapq import heappop, heappush
from itertools import accumulate

#: Segments that arrived before the ones they follow: how many bytes, and how many of them, may wait.
_EARLY_BYTES = 65536
_EARLY_SEGMENTS = 256
#: What a piece costs in memory beside its bytes: headers of the objects, and their places in the lists.
_PIECE_COST = 100
#: Sequence numbers that far off belong to another connection or are forged.
_WINDOW = 1 << 24
#: How much of a direction dissectors look at to recognise it.
_BEGINNING = 4096


class Stream:
    """Pieces of payload as they came: for datagrams the pieces are the messages."""

    __slots__ = ("heard", "indexes", "pieces", "size", "times")

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.times: list[int] = []
        self.indexes: list[int] = []
        self.size = 0
        #: Bytes held, those that wait included.
        self.heard = 0

    def append(self, piece: bytes, time: int, index: int) -> None:
        self.pieces.append(piece)
        self.times.append(time)
        self.indexes.append(index)
        self.size += len(piece)
        self.heard += len(piece)

    @property
    def cost(self) -> int:
        """Memory held, in bytes: many small pieces weigh more than what they say."""
        return self.heard + _PIECE_COST * len(self.pieces)

    def beginning(self) -> bytes:
        """The first bytes, at least a few thousand of them where there are so many."""
        return b"".join(self.pieces[:64])[:_BEGINNING]

    def side(self) -> "Side":
        return Side(self.pieces, self.times, self.indexes)


class TcpStream(Stream):
    """Bytes in the order of their sequence numbers; what came first wins where segments overlap."""

    __slots__ = ("_early", "_early_bytes", "_first", "_next", "_waiting")

    def __init__(self, following: int) -> None:
        """`following`: the sequence number of the first byte of payload."""
        super().__init__()
        self._first = following
        #: Places count from the first byte and do not wrap, as sequence numbers do.
        self._next = 0
        self._early: dict[int, tuple[bytes, int, int]] = {}
        #: The places of the early ones, a heap.
        self._waiting: list[int] = []
        self._early_bytes = 0

    @property
    def cost(self) -> int:
        return super().cost + _PIECE_COST * len(self._early)

    def segment(self, sequence: int, piece: bytes, time: int, index: int) -> None:
        ahead = _distance((self._first + self._next) & 0xFFFFFFFF, sequence)
        if ahead > 0:
            if ahead < _WINDOW:
                self._wait(self._next + ahead, piece, time, index)
            return
        if -ahead >= len(piece):
            return
        self._place(piece[-ahead:], time, index)
        if self._early:
            self._catch_up()

    def side(self) -> "Side":
        """Everything there is; a hole that was never filled is passed over."""
        while self._early:
            self._skip_hole()
        return super().side()

    def _place(self, piece: bytes, time: int, index: int) -> None:
        self._next += len(piece)
        self.append(piece, time, index)

    def _wait(self, place: int, piece: bytes, time: int, index: int) -> None:
        held = self._early.get(place)
        if held is None:
            heappush(self._waiting, place)
            held = (b"", time, index)
        more = piece[len(held[0]) :]
        self._early[place] = (held[0] + more, held[1], held[2])
        self._early_bytes += len(more)
        self.heard += len(more)
        while self._early_bytes > _EARLY_BYTES or len(self._early) > _EARLY_SEGMENTS:
            self._skip_hole()

    def _skip_hole(self) -> None:
        self._next = self._waiting[0]
        self._catch_up()

    def _catch_up(self) -> None:
        """Places what waits and now follows."""
        while self._waiting and self._waiting[0] <= self._next:
            place = heappop(self._waiting)
            piece, time, index = self._early.pop(place)
            self._early_bytes -= len(piece)
            self.heard -= len(piece)
            if place + len(piece) > self._next:
                self._place(piece[self._next - place :], time, index)


def _distance(here: int, there: int) -> int:
    """How far `there` lies ahead in sequence space (RFC 9293, 3.4), negative where it lies behind."""
    return ((there - here + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Side:
    """One direction as dissectors see it: all bytes, the messages, and when each byte came."""

    __slots__ = ("_ends", "data", "indexes", "pieces", "times")

    def __init__(self, pieces: list[bytes], times: list[int], indexes: list[int]) -> None:
        self.pieces, self.times, self.indexes = pieces, times, indexes
        self.data = b"".join(pieces)
        self._ends = list(accumulate(map(len, pieces)))

    def moment(self, offset: int) -> tuple[int, int]:
        """Time in microseconds and packet number of the byte at `offset`; (0, 0) where nothing came."""
        if not self.pieces:
            return 0, 0
        place = min(bisect_right(self._ends, offset), len(self.pieces) - 1)
        return self.times[place], self.indexes[place]
