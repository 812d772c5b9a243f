"""Syslog files; what sshd, PAM, sudo, su and the account tools say about logons becomes `logon`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sensors.auth_messages import said
from sensors.carried import carried
from sensors.charon import Connections
from sensors.lines import Damaged, Intake, Seen, share, shown
from sensors.netfilter import packet
from sensors.octets import messages
from sensors.services.told import told
from sensors.syslog_line import SyslogLine, frames, unframed
from sensors.values import filled
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_REPEATED = re.compile(r"message repeated (\d+) times: \[ ?(.*)\]$", re.DOTALL)
#: rsyslog counts up to here in practice; more in one line is not believed.
_MOST_REPEATS = 10_000


class Syslog:
    """One event a line, and as many as a "message repeated N times" line counts."""

    name = "syslog"

    def recognizes(self, source: Source) -> int:
        return 75 if share(source, lambda line: frames(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        latest = source.written
        intake, connections = Intake(self.name, source, reject), Connections()
        for message in messages(source, intake.refuse):
            yield from intake.take(
                message, lambda raw: map(connections.completed, syslog_events(shown(raw), latest))
            )
        yield from intake.rest()


def syslog_events(text: str, latest: datetime) -> list[Seen]:
    """The events of one line; `latest`: no time without a year is after it. Raises Damaged."""
    line = unframed(text, latest)
    found = line_events(line, text)
    return [seen.with_year_inferred() for seen in found] if line.year_inferred else found


def line_events(line: SyslogLine, text: str) -> list[Seen]:
    """The events of a line whose frame is read; `text` is what they keep of it. Raises Damaged."""
    repeated = _REPEATED.match(line.message)
    if repeated is None:
        return [*carried(line, text)] or [_seen(line, text)]
    times = int(repeated[1])
    if times > _MOST_REPEATS:
        raise Damaged(f"a message repeated {times} times is not believed")
    once = replace(line, message=repeated[2])
    return [_seen(once, text)] * times


def _seen(line: SyslogLine, original: str) -> Seen:
    row: dict[str, Value] = {
        "@timestamp": line.time,
        "event.kind": "event",
        "event.module": "system",
        "event.dataset": "system.syslog",
        "event.provider": line.app or None,
        "message": line.message or None,
        "host.name": line.host or None,
        "event.severity": None if line.priority is None else line.priority & 7,
    }
    columns = packet(line.message) if line.app == "kernel" else None
    if columns is not None:
        packets = {**row, "event.dataset": "system.netfilter", **columns}
        return Seen("flow", filled(packets), line.frame, original)
    found = said(line.app, line.message) or told(line.message, line.app)
    if found is None:
        return Seen("other", filled(row), _process(line), original)
    extra = {**line.frame, **(found.extra or {})}
    columns = {"event.dataset": "system.auth", **found.columns(line.app, line.pid)}
    return Seen(found.kind, filled({**row, **columns}), extra, original)


def _process(line: SyslogLine) -> dict[str, Json]:
    known: dict[str, Json] = {"process.name": line.app or None, "process.pid": line.pid, **line.frame}
    return {name: value for name, value in known.items() if value is not None}


SENSOR = Syslog()
