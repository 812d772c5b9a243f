"""What came over a network and waits for somebody who has time for it."""

import threading
from collections import deque

_PAUSE_S = 0.2

#: What came, and the address of who sent it.
Came = tuple[bytes, str]


class Waiting:
    """A queue of so many bytes between threads that receive and one that reads."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._came: deque[Came] = deque()
        self._bytes = 0
        self._woken = threading.Condition()

    def put(self, data: bytes, sender: str) -> bool:
        """False where there is no room."""
        with self._woken:
            if self._bytes + len(data) > self._room:
                return False
            self._came.append((data, sender))
            self._bytes += len(data)
            self._woken.notify()
            return True

    def take(self) -> Came | None:
        """The oldest; None where there was none for a moment."""
        with self._woken:
            if not self._came:
                self._woken.wait(_PAUSE_S)
            if not self._came:
                return None
            came = self._came.popleft()
            self._bytes -= len(came[0])
            return came
