"""Messages out of a stream: counted octets (RFC 6587 3.4.1) or lines (3.4.2), each sender as it likes."""

from sensors.octets import COUNT, split

#: No message is longer: RFC 5425 4.3.1 asks for 8,192 octets; events of Windows as XML reach 64 KiB.
MAX_MESSAGE = 256 * 1024


class Frames:
    """The messages of one connection, as its bytes come. One that is too long is cut, and counted."""

    def __init__(self) -> None:
        self._rest = b""
        self._octets_to_skip = 0
        self._skipping_line = False
        self.cut = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Whole messages without their ends; blank ones are none. Some senders end theirs with a zero."""
        data = self._wanted(data.replace(b"\0", b"\n"))
        found, self._rest = split(self._rest + data, last=False)
        if len(self._rest) > MAX_MESSAGE:
            found.append(self._pass_over())
        return [self._bounded(one) for one in found]

    def end(self) -> list[bytes]:
        """What stands unended when the connection closes: some senders end nothing."""
        found, self._rest = split(self._rest)[0], b""
        return [self._bounded(one) for one in found]

    def _wanted(self, data: bytes) -> bytes:
        """Without what belongs to a message that was cut."""
        if self._octets_to_skip:
            skipped = min(self._octets_to_skip, len(data))
            self._octets_to_skip -= skipped
            return data[skipped:]
        if self._skipping_line:
            _, ended, data = data.partition(b"\n")
            self._skipping_line = not ended
        return data

    def _pass_over(self) -> bytes:
        """The beginning of a message that is too long; what is still to come of it will be skipped."""
        rest, self._rest = self._rest, b""
        counted = COUNT.match(rest)
        if counted is None:
            self._skipping_line = True
            return rest
        self._octets_to_skip = counted.end() + int(counted[1]) - len(rest)
        return rest[counted.end() :]

    def _bounded(self, message: bytes) -> bytes:
        if len(message) <= MAX_MESSAGE:
            return message
        self.cut += 1
        return message[:MAX_MESSAGE]
