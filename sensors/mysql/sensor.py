"""Files of MySQL and MariaDB; every entry tells its own form."""

import re
from collections.abc import Iterator

from sensors.entries import entries
from sensors.json_records import first_object
from sensors.lines import Damaged, Intake, Seen, share, shown
from sensors.mysql.event import told_event
from sensors.mysql.forms import Sessions, audit_json, error, general, is_audit, server_audit
from taishi.core.event import Batch
from taishi.core.source import Reject, Source

_BEGINS = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]|\d{6}\s+\d{1,2}:\d\d:\d\d\t|\t\s*\d+ [A-Z]|\d{8} \d\d:\d\d:\d\d,|\{|\[?\s*\{|\]$"
)
#: What the server writes at the beginning of its general and slow logs.
_HEAD = re.compile(rb"\S+, Version: .* started with:|Tcp port: |Time\s+Id Command\s+Argument")


class MySql:
    """One event an entry; a statement over several lines stays with it."""

    name = "mysql"

    def recognizes(self, source: Source) -> int:
        if is_audit(first_object(source)):
            return 92
        return 83 if share(source, _fits) >= 0.3 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        intake, sessions = Intake(self.name, source, reject), Sessions()
        for entry in entries(source, intake.refuse, _BEGINS.match):
            yield from intake.take(entry, lambda raw: _seen(raw, sessions))
        yield from intake.rest()


def _fits(line: bytes) -> bool:
    text = shown(line)
    try:
        return bool(general(text, Sessions()) or error(text) or server_audit(text))
    except Damaged:
        return True  # a line of the general log without a time of its own


def _seen(raw: bytes, sessions: Sessions) -> list[Seen]:
    text = shown(raw)
    if _HEAD.match(raw) or text.strip() in ("[", "]"):
        return []
    if text.startswith(("{", "[")):
        return [told_event(audit_json(text.lstrip("[ \n")), text)]
    told = server_audit(text) or error(text) or general(text, sessions)
    if told is None:
        raise Damaged("no entry of MySQL's general, error or audit log")
    return [told_event(told, text)]
