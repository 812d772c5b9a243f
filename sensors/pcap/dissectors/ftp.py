"""FTP (RFC 959): logons (USER, PASS, and 230 or 530) and the files that were stored or fetched."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, lines, logon
from sensors.pcap.flow import Flow
from taishi.core.event import Value

_GREETING = re.compile(rb"(?:220|120)[ -][^\r\n]*(?:(?i:ftp)|\r?\n)")
_COMMAND = re.compile(rb"(?i)(?:USER [^\r\n]*\r?\n(?:PASS |$)|AUTH (?:TLS|SSL)\r|FEAT\r|SYST\r|OPTS )")
_CODE = re.compile(r"(\d{3})[ -]")


#: An answer that is not the mark that the data are coming (1xx).
_FINAL = re.compile(r"([2-5])\d\d[ -]")


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
        said = lines(talk)
        yield from self._logons(said)
        yield from _files(said)

    def _logons(self, said: list[Line]) -> Iterator[Found]:
        user: str | None = None
        password: Line | None = None
        for line in said:
            if line.of_client and line.starts("USER "):
                user = line.text[5:].strip()
            elif line.of_client and line.starts("PASS "):
                password = line
            elif password is not None and not line.of_client and (code := _CODE.match(line.text)):
                yield logon(password, user, self.name, _OUTCOMES.get(code[1][0]))
                password = None
        if password is not None:
            yield logon(password, user, self.name, None)


def _files(said: list[Line]) -> Iterator[Found]:
    """Each transfer with its outcome: the first answer after the mark that the data are coming (1xx)."""
    asked: Line | None = None
    for line in said:
        if line.of_client and line.starts(*_TRANSFERS):
            if asked is not None:
                yield _file(asked, None)
            asked = line
        elif asked is not None and not line.of_client and (code := _FINAL.match(line.text)):
            yield _file(asked, _OUTCOMES.get(code[1]))
            asked = None
    if asked is not None:
        yield _file(asked, None)


def _file(asked: Line, outcome: str | None) -> Found:
    verb, _, path = asked.text.partition(" ")
    row: dict[str, Value] = {
        "event.action": _TRANSFERS[f"{verb.upper()} "],
        "event.outcome": outcome,
        "event.dataset": "pcap.ftp",
        "event.category": "file",
        "file.path": path,
        "file.name": re.split(r"[/\\]", path)[-1],
    }
    return Found("file", asked.time, asked.record, row)


_TRANSFERS = {"STOR ": "stored", "STOU ": "stored", "APPE ": "stored", "RETR ": "fetched", "DELE ": "deleted"}
_OUTCOMES = {"2": "success", "3": "success", "5": "failure", "4": "failure"}

DISSECTOR = Ftp()
