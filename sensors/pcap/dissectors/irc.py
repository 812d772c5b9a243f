"""IRC (RFC 2812): logons (PASS with NICK, or IDENTIFY to NickServ), and what the session was about."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, lines, logon
from sensors.pcap.flow import Flow
from taishi.core.event import Json

_CLIENT = re.compile(
    rb"(?:PASS \S+\r?\n)?(?:CAP (?:LS|REQ|END)[^\r\n]*\r?\n)?(?:NICK [^\s]+|USER \S+ \S+ \S+ )"
)
_SERVER = re.compile(rb":\S+ (?:NOTICE|\d{3}|PRIVMSG|JOIN|PING) |NOTICE AUTH |PING :")
_IDENTIFY = re.compile(r"(?i)(?:PRIVMSG )?(?:NickServ|NS)\S* :?IDENTIFY ")
#: What leads a bot: a sign and an order, in a message or a channel's topic (332).
_SAID = re.compile(r"^:\S+ (?:PRIVMSG|TOPIC|332 \S+|NOTICE) \S+ :(.*)")
_ORDER = re.compile(
    r"(?i)^[.!@~$%*+-]{1,2}(?:adv(?:scan)?|scan(?:all)?|n?t?scan|asc|ddos|d?dos|syn|udp|tcp|icmp|http)?\.?"
    r"(?:flood|scan|adv\w*|ddos|download|dl|wget|update|visit|execute|exec|shell|cmd|login|l0gin|killall|"
    r"udp|tcp|syn|std|http|spread|steal|keylog|socks\d?|redirect|raw|uninstall|remove|die|bot\.\w+|asc)(?:\s|$)"
)
#: Nicknames that programs make: parts of country, system and number.
_BOT_NICK = re.compile(
    r"(?i)[\[{<|]?(?:[A-Z]{2,3}|\d{1,2})[|\]\-_}]+(?:\w{1,8}[|\]\-_}]+){0,3}\[?\d{4,9}\]?"
    r"|\{?[A-Z]{2,4}\}?[|\[\]-](?:XP|W7|WIN7|2K3|2K|VIS|WIN|LNX|ARM|MIPS|X86)\w*[|\]\[-].*"
    r"|(?:bot|zombie|drone|rbot|sdbot|urx|kaiten)[-_|]?\d{3,9}"
)


class Irc:
    name = "irc"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or not (client or server):
            return False
        return bool(_CLIENT.match(client)) if client else bool(_SERVER.match(server))

    def events(self, talk: Conversation) -> Iterator[Found]:
        said = lines(talk)
        yield from self._logons(said)
        if said:
            row = {"event.action": "session", "event.dataset": "pcap.irc"}
            yield Found("other", said[0].time, said[0].record, row, _session(said))

    def _logons(self, said: list[Line]) -> Iterator[Found]:
        nick: str | None = None
        sent: Line | None = None
        for line in said:
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


def _session(said: list[Line]) -> dict[str, Json]:
    nicks = [
        line.words[1].lstrip(":")
        for line in said
        if line.of_client and line.starts("NICK ") and line.words[1:]
    ]
    joined = [line.words[1] for line in said if line.of_client and line.starts("JOIN ") and line.words[1:]]
    told = [found[1] for line in said if not line.of_client and (found := _SAID.match(line.text))]
    channels: list[Json] = [*dict.fromkeys(joined)]
    return {
        "irc.nick": nicks[0][:64] if nicks else None,
        "irc.channels": channels[:16],
        "irc.orders": sum(bool(_ORDER.match(text.strip())) for text in told),
        "irc.bot_nick": bool(nicks) and bool(_BOT_NICK.fullmatch(nicks[0])),
    }


def _outcome(words: list[str]) -> str | None:
    """001 welcomes; 464 is a wrong password, 465 a ban; 900 and NickServ's notice accept."""
    code = words[1] if len(words) > 1 else ""
    if code in ("001", "900"):
        return "success"
    return "failure" if code in ("464", "465", "904") else None


DISSECTOR = Irc()
