"""IP fragments, put together again (RFC 791, RFC 8200): first bytes win, bounded in number and age."""

from collections.abc import Iterator

#: Datagrams waiting at the same time; more than that and the oldest is given up.
_WAITING = 1024
#: RFC 1122 lets a host give up after 60 s; attackers gain nothing by waiting longer than 30.
_PATIENCE_US = 30_000_000

#: Source, destination, identification, protocol.
Key = tuple[bytes, bytes, int, int]


class Datagram:
    """One datagram in pieces."""

    __slots__ = ("got", "index", "key", "length", "packets", "pieces", "since", "total")

    def __init__(self, key: Key, since: int, index: int) -> None:
        self.key = key
        self.since = since
        self.index = index
        self.pieces: dict[int, bytes] = {}
        self.total: int | None = None
        self.packets = 0
        self.length = 0
        self.got = 0

    def joined(self) -> bytes:
        """What is there from the beginning up to the first hole."""
        body = bytearray()
        for offset in sorted(self.pieces):
            if offset > len(body):
                break
            body += self.pieces[offset][len(body) - offset :]
        return bytes(body)


class Fragments:
    """Collects pieces by datagram."""

    def __init__(self) -> None:
        self._waiting: dict[Key, Datagram] = {}

    def add(
        self, key: Key, offset: int, more: bool, piece: bytes, length: int, now: int, index: int
    ) -> Datagram | None:
        """Takes one piece (`length`: bytes of its IP packet); the datagram once it is whole."""
        datagram = self._waiting.get(key)
        if datagram is None:
            datagram = self._waiting[key] = Datagram(key, now, index)
        datagram.packets += 1
        datagram.length += length
        datagram.got += len(piece)
        held = datagram.pieces.get(offset, b"")
        datagram.pieces[offset] = held + piece[len(held) :]
        if not more:
            datagram.total = offset + len(piece)
        if datagram.total is None or datagram.got < datagram.total or len(datagram.joined()) < datagram.total:
            return None
        del self._waiting[key]
        return datagram

    def stale(self, now: int | None) -> Iterator[Datagram]:
        """Datagrams that will not be whole any more; all that are left where `now` is None."""
        while self._waiting:
            key, datagram = next(iter(self._waiting.items()))
            young = now is not None and now - datagram.since < _PATIENCE_US
            if young and len(self._waiting) <= _WAITING:
                return
            del self._waiting[key]
            yield datagram
