"""Datagrams off a UDP socket as fast as they come, kept until somebody has time for them."""

import logging
import socket
import struct
import threading
from contextlib import suppress
from ipaddress import IPv6Address, ip_address

from sensors.waiting import Came, Waiting
from taishi.core.problems import Problem

log = logging.getLogger("taishi.datagrams")

_DATAGRAM = 65535
#: What may wait in memory, in bytes; and what is asked of the kernel for the moments in between.
ROOM, _KERNEL = 32 << 20, 8 << 20
#: socket(7): the kernel tells how many datagrams it had to drop on this socket; a buffer beyond its limit.
_SO_RXQ_OVFL, _SO_RCVBUFFORCE = 40, 33
_PAUSE_S = 0.2


class Inflow:
    """A bound socket with a thread that empties it. `overflown` and `dropped` count datagrams that the
    kernel, and this, had no room for.
    """

    def __init__(self, host: str, port: int, room: int = ROOM, waiting: Waiting | None = None) -> None:
        """`waiting`: a queue that others fill too. Raises Problem where the address cannot be had."""
        self._socket = _bound(host, port)
        self._waiting = waiting or Waiting(room)
        self._stopping = False
        self.overflown = self.dropped = 0
        self._thread = threading.Thread(target=self._run, name=f"udp {port}", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def take(self) -> Came | None:
        """The oldest datagram; None where there was none for a moment."""
        return self._waiting.take()

    def close(self) -> None:
        """What waits can still be taken."""
        self._stopping = True
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._stopping:
            try:
                data, told, _, sender = self._socket.recvmsg(_DATAGRAM, socket.CMSG_SPACE(4))
            except TimeoutError:
                continue
            except OSError as error:
                log.warning("UDP %s: %s", self.port, error)
                threading.Event().wait(_PAUSE_S)
                continue
            for level, kind, value in told:
                if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL:
                    self.overflown = struct.unpack("I", value[:4])[0]
            if not self._waiting.put(data, plain(str(sender[0]))):
                self.dropped += 1


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL)
        for option, value in ((_SO_RCVBUFFORCE, _KERNEL), (_SO_RXQ_OVFL, 1)):
            with suppress(OSError):  # the first needs rights, the second a newer kernel
                made.setsockopt(socket.SOL_SOCKET, option, value)
        made.settimeout(_PAUSE_S)
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise Problem(
            f"UDP {host}:{port}: {error.strerror}; choose another port, or see who listens there"
        ) from None
    return made


def plain(address: str) -> str:
    """An address as a socket tells it: an IPv4 sender on an IPv6 socket as IPv4, without a zone."""
    if ":" not in address:
        return address
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
