"""Bodies of requests within bounds: how much at once, how much over all, however they are packed."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

#: Bytes of one body, unpacked: as Elasticsearch's `http.max_content_length`.
MOST = 100 << 20
#: Bytes of all bodies that are in memory at once.
MOST_TOGETHER = 400 << 20


class TooLarge(Exception):
    """One body is larger than `MOST`."""


class TooMuch(Exception):
    """Others fill the room just now."""


class Unpackable(Exception):
    """The body is not packed as its header says, or in a way that is not known."""


class Room:
    """What bodies take up. Each grows while it is read and gives its bytes back when its request ends."""

    def __init__(self, most: int = MOST, together: int = MOST_TOGETHER) -> None:
        self.most, self._left = most, together

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Raises TooLarge, TooMuch or Unpackable."""
        taken = 0
        unpack = _unpacker(request.headers.get("content-encoding", "").lower())
        pieces: list[bytes] = []
        try:
            async for sent in request.stream():
                for piece in unpack(sent, self.most - taken):
                    taken += len(piece)
                    self._left -= len(piece)
                    if taken > self.most:
                        raise TooLarge
                    if self._left < 0:
                        raise TooMuch
                    pieces.append(piece)
            if not unpack.whole:
                raise Unpackable("the packed body ends too early")
            yield b"".join(pieces)
        finally:
            self._left += taken


class _Plain:
    whole = True

    def __call__(self, sent: bytes, left: int) -> list[bytes]:  # noqa: ARG002 - as _Gzip
        return [sent] if sent else []


class _Gzip:
    """A gzip stream, maybe of several members; never gives out more than one byte beyond what is left."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=47)  # gzip or zlib, as it says
        self._begun = False

    @property
    def whole(self) -> bool:
        return self._stream.eof

    def __call__(self, sent: bytes, left: int) -> list[bytes]:
        found: list[bytes] = []
        try:
            while sent:
                if self._stream.eof:
                    self._stream = zlib.decompressobj(wbits=47)
                piece = self._stream.decompress(sent, max(left, 0) + 1)
                left -= len(piece)
                found.append(piece)
                sent = self._stream.unused_data or self._stream.unconsumed_tail
                if left < 0:
                    break
        except zlib.error as error:
            raise Unpackable(f"the body is not packed as it says ({error})") from None
        return found


def _unpacker(encoding: str) -> "_Plain | _Gzip":
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Gzip()
    raise Unpackable(f"Content-Encoding {encoding}: send gzip, or nothing packed")
