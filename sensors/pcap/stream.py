"""Payload of one direction in its order, bounded, with the moment every piece of it was seen."""

from bisect import bisect_right
from itertools import accumulate

#: Segments that arrived before the ones they follow: how many bytes of them may wait.
_EARLY_BYTES = 65536
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

    def beginning(self) -> bytes:
        """The first bytes, at least a few thousand of them where there are so many."""
        return b"".join(self.pieces[:64])[:_BEGINNING]

    def side(self) -> "Side":
        return Side(self.pieces, self.times, self.indexes)


class TcpStream(Stream):
    """Bytes in the order of their sequence numbers; what came first wins where segments overlap."""

    __slots__ = ("_early", "_early_bytes", "_next")

    def __init__(self, following: int) -> None:
        """`following`: the sequence number of the first byte of payload."""
        super().__init__()
        self._next = following
        self._early: dict[int, tuple[bytes, int, int]] = {}
        self._early_bytes = 0

    def segment(self, sequence: int, piece: bytes, time: int, index: int) -> None:
        ahead = _distance(self._next, sequence)
        if ahead > 0:
            if ahead < _WINDOW:
                self._wait(sequence, piece, time, index)
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
        self._next = (self._next + len(piece)) & 0xFFFFFFFF
        self.append(piece, time, index)

    def _wait(self, sequence: int, piece: bytes, time: int, index: int) -> None:
        held = self._early.get(sequence, (b"", time, index))
        more = piece[len(held[0]) :]
        if more:
            self._early[sequence] = (held[0] + more, held[1], held[2])
            self._early_bytes += len(more)
            self.heard += len(more)
        while self._early_bytes > _EARLY_BYTES:
            self._skip_hole()

    def _skip_hole(self) -> None:
        self._next = min(self._early, key=lambda sequence: _distance(self._next, sequence))
        self._catch_up()

    def _catch_up(self) -> None:
        """Places what waits and now follows."""
        moved = True
        while moved and self._early:
            moved = False
            for sequence in sorted(self._early, key=lambda early: _distance(self._next, early)):
                ahead = _distance(self._next, sequence)
                if ahead > 0:
                    break
                piece, time, index = self._early.pop(sequence)
                self._early_bytes -= len(piece)
                self.heard -= len(piece)
                moved = True
                if -ahead < len(piece):
                    self._place(piece[-ahead:], time, index)


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
