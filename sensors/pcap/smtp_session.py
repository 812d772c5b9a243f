"""What a whole SMTP session was about (RFC 5321): who called, in whose names, and how it was received."""

import re

from sensors.pcap.dialogue import Line
from taishi.core.event import Json

_HELLO = re.compile(r"(?i)(?:EHLO|HELO) (\S{1,255})")
_SENDER = re.compile(r"(?i)MAIL FROM: ?<([^>]{0,320})>?")
_RECIPIENT = re.compile(r"(?i)RCPT TO: ?<?(.{0,400})")
#: What makes a mail server run something: Exim's expansions, a pipe to a program.
_COMMAND = re.compile(r"\$\{(?:run|readfile|perl|dlfunc)\b|^\s*\|\s*/|`[^`]+`")
_KEPT = 16


def session(said: list[Line]) -> tuple[Line, dict[str, Json]] | None:
    """The line it began with, and what was said; None where no client greeted."""
    hello: str | None = None
    began: Line | None = None
    senders: dict[str, None] = {}
    recipients = refused = 0
    command = asked = False
    for line in said:
        if not line.of_client:
            refused += asked and line.text[:1] == "5"
            asked = False
            continue
        if (found := _HELLO.match(line.text)) is not None:
            hello, began = found[1], began or line
        elif found := _SENDER.match(line.text):
            senders[found[1].rpartition("@")[2].lower()] = None
            asked = True
        elif found := _RECIPIENT.match(line.text):
            recipients, asked = recipients + 1, True
            command = command or bool(_COMMAND.search(found[1]))
    if began is None:
        return None
    return began, {
        "smtp.helo": hello,
        "smtp.senders": [*list(senders)[:_KEPT]],
        "smtp.recipients": recipients,
        "smtp.refused": refused,
        "smtp.command_in_address": command,
    }
