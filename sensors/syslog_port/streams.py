"""Connections of senders over TCP or TLS: bounded in number, held back where reading cannot follow."""

import asyncio
import logging
import ssl
import threading
from collections import Counter

from sensors.datagrams import plain
from sensors.senders import Senders
from sensors.syslog_port.framing import Frames
from sensors.waiting import Waiting
from taishi.core.problems import Problem

log = logging.getLogger("taishi.syslog")

#: Connections at once, in all and of one sender; how long one may say nothing, and a TLS greeting may take.
MOST, MOST_OF_ONE, IDLE_S, GREETING_S = 1000, 100, 3600, 10
_READ, _PAUSE_S = 64 * 1024, 0.05
STRANGER, CROWDED, SILENT = (
    "connections refused: the sender is not named",
    "connections refused: too many at once",
    "connections ended: nothing came for an hour",
)


class Streams:
    """A listening TCP port in a thread of its own. What comes is put into `waiting`, message by message."""

    def __init__(
        self, address: tuple[str, int], senders: Senders, waiting: Waiting, tls: ssl.SSLContext | None
    ) -> None:
        """Raises Problem where the address cannot be had."""
        self._senders, self._waiting, self._tls = senders, waiting, tls
        self.reasons: Counter[str] = Counter()
        self.cut = 0
        self._open: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        try:
            self._server = self._loop.run_until_complete(self._listen(address))
        except OSError as error:
            self._loop.close()
            raise Problem(
                f"TCP {address[0]}:{address[1]}: {error.strerror}; choose another port, or see who listens"
            ) from None
        self._thread = threading.Thread(target=self._run, name=f"tcp {self.port}", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        return sum(self._open.values())

    def close(self) -> None:
        """Takes what has arrived and ends every connection."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    async def _listen(self, address: tuple[str, int]) -> asyncio.Server:
        greeting = GREETING_S if self._tls else None
        return await asyncio.start_server(
            self._served, *address, limit=_READ, ssl=self._tls, ssl_handshake_timeout=greeting
        )

    def _run(self) -> None:
        self._loop.set_exception_handler(lambda _, told: log.warning("syslog: %s", told.get("message")))
        self._loop.run_until_complete(self._until_closed())
        self._loop.close()

    async def _until_closed(self) -> None:
        await self._closing.wait()
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=2)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = plain(str(writer.get_extra_info("peername")[0]))
        refused = self._refusal(sender)
        if refused:
            self.reasons[refused] += 1
        else:
            self._open[sender] += 1
            try:
                await self._messages(reader, sender)
            except (OSError, ssl.SSLError) as error:
                self.reasons[f"connections broken: {type(error).__name__}"] += 1
            finally:
                self._open[sender] -= 1
                self._open += Counter()  # those with none are forgotten
        writer.close()

    def _refusal(self, sender: str) -> str | None:
        if self._senders.name(sender) is None:
            return STRANGER
        full = self.connections >= MOST or self._open[sender] >= MOST_OF_ONE
        return CROWDED if full else None

    async def _messages(self, reader: asyncio.StreamReader, sender: str) -> None:
        frames = Frames()
        while data := await self._read(reader):
            await self._hand(frames.feed(data), sender)
        await self._hand(frames.end(), sender)
        self.cut += frames.cut

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        """The next bytes; nothing at the end, after an hour of silence, or where we close."""
        reading = asyncio.ensure_future(reader.read(_READ))
        closing = asyncio.ensure_future(self._closing.wait())
        done, _ = await asyncio.wait({reading, closing}, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if reading in done:
            return reading.result()
        reading.cancel()
        if not done:
            self.reasons[SILENT] += 1
        return b""

    async def _hand(self, messages: list[bytes], sender: str) -> None:
        """Waits for room: nothing more is read meanwhile, so that the sender has to wait too."""
        for message in messages:
            while not self._waiting.put(message, sender):
                await asyncio.sleep(_PAUSE_S)
