"""A way to a server over loopback that can be shut, so that the server seems away."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit


class Gate:
    """Open at first. Shut it is either `refused`, as where nothing listens, or `silent`, as where a network
    swallows what is sent.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = (parts.hostname or "", parts.port or 0)
        self._listening: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._silent = threading.Event()
        self._port = 0
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        self.shut("refused")
        self._silent.clear()
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listening], daemon=True).start()

    def shut(self, how: Literal["refused", "silent"]) -> None:
        if how == "silent":
            self._silent.set()
            return
        for one in [*([self._listening] if self._listening else []), *self._ends]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._ends.clear()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(self._to)
                self._ends |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=[one, other], daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        """Until either end is closed; what comes while it is silent is lost with its connection."""
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                if not self._silent.is_set():
                    other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def gate(url: str) -> Iterator[Gate]:
    made = Gate(url)
    try:
        yield made
    finally:
        made.shut("refused")
