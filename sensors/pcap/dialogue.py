"""Clear-text line protocols: the lines of both sides in the order they were said, and the logons in them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.stream import Side
from taishi.core.event import Json, Value

#: Nobody logs on after so many lines; what follows is mail or files.
_LINES = 4000


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end, and when its last byte came."""

    text: str
    of_client: bool
    time: int
    record: int

    @property
    def words(self) -> list[str]:
        return self.text.split()

    def starts(self, *beginnings: str) -> bool:
        return self.text.upper().startswith(beginnings)


def lines(talk: Conversation) -> list[Line]:
    """Both directions, by the packet in which each line ended."""
    both = [*_lines(talk.client, True), *_lines(talk.server, False)]
    return sorted(both, key=lambda line: line.record)


def _lines(side: Side, of_client: bool) -> Iterator[Line]:
    at = 0
    for _ in range(_LINES):
        end = side.data.find(b"\n", at)
        if end < 0:
            return
        text = side.data[at:end].rstrip(b"\r").decode("utf-8", "replace")
        yield Line(text, of_client, *side.moment(end))
        at = end + 1


def logon(at: Line, user: str | None, protocol: str, outcome: str | None, **extra: Json) -> Found:
    """A password that crossed the wire in clear text; the password itself is not kept."""
    row: dict[str, Value] = {
        "event.action": "logon",
        "event.outcome": outcome,
        "network.protocol": protocol,
        "user.name": user or None,
        "taishi.logon.method": "password",
        "taishi.logon.cleartext": True,
    }
    return Found("logon", at.time, at.record, row, extra)
