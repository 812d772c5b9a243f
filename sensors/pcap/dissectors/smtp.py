"""SMTP: logons (RFC 4954: AUTH PLAIN and AUTH LOGIN, 235 or 535) and the messages sent in clear."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, lines, logon
from sensors.pcap.flow import Flow
from sensors.pcap.mail import mails
from sensors.pcap.secrets import base64_text, plain_user
from sensors.pcap.smtp_session import session

_CLIENT = re.compile(rb"(?i)(?:EHLO|HELO|AUTH|MAIL FROM:|STARTTLS|NOOP|QUIT|RSET)\b")
_SERVER = re.compile(rb"(?:220|421|554)[ -]")


class Smtp:
    name = "smtp"
    wants = 1 << 17

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        if client[:4].upper() in (b"EHLO", b"HELO"):
            return True
        asked, told = bool(_CLIENT.match(client)), bool(_SERVER.match(server))
        return told and (asked or (not client and b"smtp" in server[:512].lower()))

    def events(self, talk: Conversation) -> Iterator[Found]:
        yield from self._logons(talk)
        if (told := session(lines(talk))) is not None:
            at, extra = told
            row = {"event.action": "session", "event.dataset": "pcap.smtp", "event.category": "email"}
            yield Found("other", at.time, at.record, row, extra)
        for mail in mails(talk.client.data):
            row = {"event.action": "mail", "event.dataset": "pcap.smtp", "event.category": "email"}
            yield Found("other", *talk.client.moment(mail.offset), row, mail.told)

    def _logons(self, talk: Conversation) -> Iterator[Found]:
        user: str | None = None
        sent: Line | None = None
        step = ""
        for line in lines(talk):
            if not line.of_client:
                if sent is not None and not line.starts("334"):
                    yield logon(sent, user, self.name, _outcome(line))
                    sent = None
            elif step == "plain":
                user, sent, step = plain_user(line.text), line, ""
            elif step == "user":
                user, step = base64_text(line.text), "password"
            elif step == "password":
                sent, step = line, ""
            elif line.starts("AUTH PLAIN", "AUTH LOGIN"):
                first = line.words[2] if len(line.words) > 2 else ""
                if line.starts("AUTH PLAIN"):
                    user, sent, step = (plain_user(first), line, "") if first else (None, None, "plain")
                else:
                    user, step = (base64_text(first), "password") if first else (None, "user")
        if sent is not None:
            yield logon(sent, user, self.name, None)


def _outcome(line: Line) -> str | None:
    return "success" if line.starts("235") else "failure" if line.starts("5", "4") else None


DISSECTOR = Smtp()
