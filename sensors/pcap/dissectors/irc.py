"""IRC logons (RFC 2812): PASS with NICK, or IDENTIFY to NickServ."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, lines, logon
from sensors.pcap.flow import Flow

_CLIENT = re.compile(
    rb"(?:PASS \S+\r?\n)?(?:CAP (?:LS|REQ|END)[^\r\n]*\r?\n)?(?:NICK [^\s]+|USER \S+ \S+ \S+ )"
)
_SERVER = re.compile(rb":\S+ (?:NOTICE|\d{3}|PRIVMSG|JOIN|PING) |NOTICE AUTH |PING :")
_IDENTIFY = re.compile(r"(?i)(?:PRIVMSG )?(?:NickServ|NS)\S* :?IDENTIFY ")


class Irc:
    name = "irc"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or not (client or server):
            return False
        return bool(_CLIENT.match(client)) if client else bool(_SERVER.match(server))

    def events(self, talk: Conversation) -> Iterator[Found]:
        nick: str | None = None
        sent: Line | None = None
        for line in lines(talk):
            words = line.words
            if not line.of_client:
                if sent is not None and (outcome := _outcome(words)):
                    yield logon(sent, nick, self.name, outcome)
                    sent = None
            elif line.starts("NICK ") and len(words) > 1:
                nick = words[1].lstrip(":")
            elif line.starts("PASS ") or _IDENTIFY.match(line.text):
                sent = line
        if sent is not None:
            yield logon(sent, nick, self.name, None)


def _outcome(words: list[str]) -> str | None:
    """001 welcomes; 464 is a wrong password, 465 a ban; 900 and NickServ's notice accept."""
    code = words[1] if len(words) > 1 else ""
    if code in ("001", "900"):
        return "success"
    return "failure" if code in ("464", "465", "904") else None


DISSECTOR = Irc()
