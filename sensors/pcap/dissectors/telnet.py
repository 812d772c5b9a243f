"""Telnet logons (RFC 854): what is typed after the prompts for a login and a password."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, logon
from sensors.pcap.flow import Flow
from sensors.pcap.stream import Side

_COMMANDS = re.compile(rb"\xff(?:[\xfb-\xfe].|\xfa.*?\xff\xf0|[\xf0-\xf9])", re.DOTALL)
_NEGOTIATION = re.compile(rb"\xff[\xfb-\xfe][\x00-\x31]")
_LOGIN = re.compile(
    rb"(?i)(?:login|user ?name|account|\xe7\x94\xa8\xe6\x88\xb7\xe5\x90\x8d)[^\r\n:]{0,16}: *$"
)
_PASSWORD = re.compile(rb"(?i)(?:password|passcode|\xe5\xaf\x86\xe7\xa0\x81)[^\r\n:]{0,16}: *$")
_REFUSED = re.compile(rb"(?i)incorrect|failed|invalid|denied|bad password|login:|username:")
_LET_IN = re.compile(rb"(?i)last login|welcome|[$#>%\]] ?$")


class Telnet:
    name = "telnet"
    wants = 1 << 15

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        negotiates = bool(_NEGOTIATION.match(server) or _NEGOTIATION.match(client))
        return negotiates or (flow.destination.port == 23 and bool(_LOGIN.search(server[:2048])))

    def events(self, talk: Conversation) -> Iterator[Found]:
        said = ""
        screen = b""
        typed = b""
        user: str | None = None
        sent: Line | None = None
        for of_client, piece, time, record in _keys(talk):
            if not of_client:
                screen = (screen + piece)[-512:]
                if sent is not None and (outcome := _outcome(screen)):
                    yield logon(sent, user, self.name, outcome)
                    sent = None
                said = _prompt(screen) or said
                continue
            typed += piece
            while (end := re.search(rb"[\r\n]", typed)) is not None:
                entered, typed = typed[: end.start()], typed[end.end() :].lstrip(b"\n\0")
                if said == "login":
                    user = _rubbed(entered)
                elif said == "password":
                    sent, screen = Line("", True, time, record), b""
                said = ""
        if sent is not None:
            yield logon(sent, user, self.name, None)


def _keys(talk: Conversation) -> list[tuple[bool, bytes, int, int]]:
    """What was typed and shown without telnet's own commands, in order."""
    both = [(True, *piece) for piece in _pieces(talk.client)] + [
        (False, *piece) for piece in _pieces(talk.server)
    ]
    return sorted(both, key=lambda piece: piece[3])


def _pieces(side: Side) -> Iterator[tuple[bytes, int, int]]:
    for piece, time, index in zip(side.pieces, side.times, side.indexes, strict=True):
        yield _COMMANDS.sub(b"", piece), time, index


def _prompt(screen: bytes) -> str:
    return "password" if _PASSWORD.search(screen) else "login" if _LOGIN.search(screen) else ""


def _outcome(screen: bytes) -> str | None:
    return "failure" if _REFUSED.search(screen) else "success" if _LET_IN.search(screen) else None


def _rubbed(entered: bytes) -> str:
    """The line as it stood when it was sent: backspaces have taken away what was before them."""
    kept = bytearray()
    for key in entered:
        if key in (8, 127):
            del kept[-1:]
        elif key >= 32:
            kept.append(key)
    return kept.decode("utf-8", "replace")


DISSECTOR = Telnet()
