"""IMAP logons (RFC 9051): LOGIN and AUTHENTICATE PLAIN, and OK or NO under the same tag."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, lines, logon
from sensors.pcap.flow import Flow
from sensors.pcap.secrets import plain_user

_SERVER = re.compile(rb"\* (?:OK|PREAUTH|BYE|CAPABILITY)\b")
_CLIENT = re.compile(rb"(?i)\S{1,32} (?:CAPABILITY|LOGIN|AUTHENTICATE|ID|NOOP|STARTTLS|LOGOUT|SELECT)\b")
_LOGIN = re.compile(r'(?i)(\S+) LOGIN (?:"((?:[^"\\]|\\.)*)"|(\S+))')
_PLAIN = re.compile(r"(?i)(\S+) AUTHENTICATE \"?PLAIN\"?(?: (\S+))?")


class Imap:
    name = "imap"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or not (client or server):
            return False
        asked, told = bool(_CLIENT.match(client)), bool(_SERVER.match(server))
        return ((asked or not client) and told) or (asked and not server and flow.destination.port == 143)

    def events(self, talk: Conversation) -> Iterator[Found]:
        waiting: dict[str, tuple[Line, str | None]] = {}
        plain: str | None = None
        for line in lines(talk):
            words = line.words
            if not line.of_client:
                if words and words[0] in waiting and len(words) > 1:
                    sent, user = waiting.pop(words[0])
                    yield logon(sent, user, self.name, "success" if words[1].upper() == "OK" else "failure")
            elif plain is not None:
                waiting[plain] = line, plain_user(line.text)
                plain = None
            elif found := _LOGIN.match(line.text):
                waiting[found[1]] = line, found[2] or found[3]
            elif found := _PLAIN.match(line.text):
                if found[2]:
                    waiting[found[1]] = line, plain_user(found[2])
                else:
                    plain = found[1]
        for sent, user in waiting.values():
            yield logon(sent, user, self.name, None)


DISSECTOR = Imap()
