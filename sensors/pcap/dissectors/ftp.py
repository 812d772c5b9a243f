"""FTP logons (RFC 959): USER, PASS, and 230 or 530."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, lines, logon
from sensors.pcap.flow import Flow

_GREETING = re.compile(rb"(?:220|120)[ -][^\r\n]*(?:(?i:ftp)|\r?\n)")
_COMMAND = re.compile(rb"(?i)(?:USER [^\r\n]*\r?\n(?:PASS |$)|AUTH (?:TLS|SSL)\r|FEAT\r|SYST\r|OPTS )")
_CODE = re.compile(r"(\d{3}) ")


class Ftp:
    name = "ftp"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or not (
            _GREETING.match(server) or (not server and flow.destination.port == 21)
        ):
            return False
        return bool(_COMMAND.match(client)) or (not client and b"ftp" in server[:512].lower())

    def events(self, talk: Conversation) -> Iterator[Found]:
        user: str | None = None
        password: Line | None = None
        for line in lines(talk):
            if line.of_client and line.starts("USER "):
                user = line.text[5:].strip()
            elif line.of_client and line.starts("PASS "):
                password = line
            elif password is not None and not line.of_client and (code := _CODE.match(line.text)):
                yield logon(password, user, self.name, _OUTCOMES.get(code[1][0]))
                password = None
        if password is not None:
            yield logon(password, user, self.name, None)


_OUTCOMES = {"2": "success", "3": "success", "5": "failure", "4": "failure"}

DISSECTOR = Ftp()
