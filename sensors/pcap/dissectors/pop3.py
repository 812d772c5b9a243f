"""POP3 logons (RFC 1939, RFC 5034): USER and PASS, AUTH PLAIN and LOGIN, and +OK or -ERR."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, lines, logon
from sensors.pcap.flow import Flow
from sensors.pcap.secrets import base64_text, plain_user

_SERVER = re.compile(rb"\+OK|-ERR")
_CLIENT = re.compile(rb"(?i)(?:USER|PASS|AUTH|CAPA|APOP|STLS|QUIT|STAT|LIST|RETR)\b")


class Pop3:
    name = "pop3"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or not (client or server):
            return False
        asked, told = bool(_CLIENT.match(client)), bool(_SERVER.match(server))
        return ((asked or not client) and told) or (asked and not server and flow.destination.port == 110)

    def events(self, talk: Conversation) -> Iterator[Found]:
        user: str | None = None
        sent: Line | None = None
        step = ""
        for line in lines(talk):
            if not line.of_client:
                if sent is not None and line.starts("+OK", "-ERR"):
                    yield logon(sent, user, self.name, "success" if line.starts("+OK") else "failure")
                    sent = None
            elif step:
                step, user, sent = _sasl(step, line, user)
            elif line.starts("USER "):
                user = line.text[5:].strip()
            elif line.starts("PASS "):
                sent = line
            elif line.starts("AUTH PLAIN", "AUTH LOGIN"):
                words = line.words
                step = words[1].lower()
                if step == "plain" and len(words) > 2:
                    step, user, sent = "", plain_user(words[2]), line
        if sent is not None:
            yield logon(sent, user, self.name, None)


def _sasl(step: str, line: Line, user: str | None) -> tuple[str, str | None, Line | None]:
    """The next step, the user, and the line that carried the password."""
    if step == "plain":
        return "", plain_user(line.text), line
    if step == "login":
        return "password", base64_text(line.text), None
    return "", user, line


DISSECTOR = Pop3()
