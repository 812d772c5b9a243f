"""Messages in an SMTP session (RFC 5321, RFC 5322): who writes to whom, about what, with what attached."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser

from sensors.pcap.secrets import without_labelled
from sensors.pcap.survey import has_passwords, is_survey
from taishi.core.event import Json

_DATA = re.compile(rb"(?:^|\r?\n)DATA\r?\n", re.IGNORECASE)
_END = re.compile(rb"\r?\n\.\r?\n")
#: How much of a message is read; hauls stand at its beginning.
_READ = 1 << 16
_TEXT, _PARTS, _MAILS = 2000, 32, 64
#: What the standard library raises on messages that break its rules.
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message; `offset` is where it begins in the client's bytes, `told` its fields in ECS names."""

    offset: int
    told: dict[str, Json]


def mails(data: bytes) -> Iterator[Mail]:
    """Every message between DATA and the line with a single dot (or the end of what was captured)."""
    at = 0
    for _ in range(_MAILS):
        start = _DATA.search(data, at)
        if start is None:
            return
        end = _END.search(data, start.end() - 2)
        stop = end.start() if end else len(data)
        raw = data[start.end() : min(stop, start.end() + _READ)]
        if raw.strip():
            yield Mail(start.end(), _told(raw))
        at = end.end() if end else len(data)


def _told(raw: bytes) -> dict[str, Json]:
    try:
        return _read(BytesParser(policy=policy.compat32).parsebytes(raw), raw)
    except _BROKEN:
        return {"email.unreadable": True}


def _read(message: Message, raw: bytes) -> dict[str, Json]:
    names: list[Json] = []
    text = ""
    for number, part in enumerate(message.walk()):
        if number >= _PARTS:
            break
        if name := part.get_filename():
            names.append(name[:200])
        elif not text and part.get_content_maintype() == "text":
            text = _plain(part)
    return {
        "email.subject": _header(message, "Subject"),
        "email.from.address": _header(message, "From"),
        "email.to.address": _header(message, "To"),
        "email.x_mailer": _header(message, "X-Mailer"),
        "email.attachments.file.name": names,
        "email.body": without_labelled(text[:_TEXT]),
        "email.survey": is_survey(text),
        "email.passwords": has_passwords(text),
        "email.bytes": len(raw),
    }


def _plain(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _header(message: Message, name: str) -> str | None:
    """The header with its encoded words read (RFC 2047)."""
    value = message.get(name)
    if value is None:
        return None
    try:
        return str(policy.default.header_factory("subject", " ".join(str(value).split())))[:500]
    except _BROKEN:
        return str(value)[:500]
