"""SMB messages of both directions in their order, cut out of NetBIOS sessions (RFC 1002, 4.3) or TCP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sensors.pcap.conversation import Conversation
from sensors.pcap.stream import Side

#: Session request, its answers, keep-alive: nothing of SMB in them.
_SESSION_SERVICE = frozenset(range(0x81, 0x86))
#: A frame with a message of SMB 1 (ff), SMB 2 and 3 (fe), encrypted (fd) or compressed (fc).
FRAME = re.compile(rb"\x00...[\xfc-\xff]SMB", re.DOTALL)
_FRAMES = 20_000


@dataclass(frozen=True, slots=True)
class Frame:
    """One message without its length; time in microseconds and packet number of its last byte."""

    data: bytes
    of_client: bool
    time: int
    record: int


def frames(talk: Conversation) -> list[Frame]:
    """Whole messages of both sides by the packet in which each ended."""
    both = [*_frames(talk.client, True), *_frames(talk.server, False)]
    return sorted(both, key=lambda frame: frame.record)


def _frames(side: Side, of_client: bool) -> Iterator[Frame]:
    data, at = side.data, 0
    for _ in range(_FRAMES):
        while at + 4 <= len(data) and data[at] in _SESSION_SERVICE and data[at + 1] == 0:
            at += 4 + int.from_bytes(data[at + 2 : at + 4])
        if FRAME.match(data, at) is None:
            # Something is missing: the next message begins where its mark stands.
            found = FRAME.search(data, at)
            if found is None:
                return
            at = found.start()
        end = at + 4 + int.from_bytes(data[at + 1 : at + 4])
        if end > len(data):
            return
        yield Frame(data[at + 4 : end], of_client, *side.moment(end - 1))
        at = end
