"""Audit logs of lines: records wait until those of the same serial are there, and come out in their order."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from sensors.auditd.event import Programs, record_event
from sensors.auditd.record import Record, begins, read_record
from sensors.lines import Damaged, Intake, Seen, lines, share, shown
from sensors.syslog_line import SyslogLine
from taishi.core.event import Batch
from taishi.core.source import Reject, Source

#: So many lines further on, no record of the same serial comes any more (auparse waits for two seconds).
_AHEAD = 256


@dataclass
class _Group:
    """The records of one serial so far."""

    records: list[Record] = field(default_factory=list)
    ended: bool = False
    #: Those that have not come out yet; a serial that goes on without end is cut into several.
    waiting: int = 0


@dataclass(frozen=True)
class _Waiting:
    raw: bytes
    record: Record | None
    group: _Group
    damage: str = ""


class Auditd:
    """One event a record, also of lines that a syslog daemon framed."""

    name = "auditd"

    def recognizes(self, source: Source) -> int:
        return 92 if share(source, lambda line: begins(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        intake, programs = Intake(self.name, source, reject), Programs()
        for one in _joined(lines(source, intake.refuse)):
            if one.record is None:
                intake.refuse(one.damage, one.raw)
            else:
                yield from intake.take(one.raw, partial(_events, one.record, one.group, programs))
        yield from intake.rest()


def _events(record: Record, group: _Group, programs: Programs, _raw: bytes) -> list[Seen]:
    """None for the mark that an event has ended."""
    return [] if record.type == "EOE" else [record_event(record, group.records, programs)]


def _joined(raws: Iterator[bytes]) -> Iterator[_Waiting]:
    """Every line in order, when all records of its serial are known."""
    waiting: deque[_Waiting] = deque()
    groups: dict[tuple[str, str], _Group] = {}
    for raw in raws:
        try:
            record = read_record(shown(raw))
        except Damaged as error:
            waiting.append(_Waiting(raw, None, _Group(ended=True), str(error)))
        else:
            group = groups.setdefault((record.node, record.serial), _Group())
            group.records.append(record)
            group.waiting += 1
            group.ended = group.ended or record.type == "EOE" or not _has_siblings(record.type)
            waiting.append(_Waiting(raw, record, group))
        while waiting and (waiting[0].group.ended or len(waiting) > _AHEAD):
            yield _out(waiting, groups)
    while waiting:
        yield _out(waiting, groups)


def _out(waiting: deque[_Waiting], groups: dict[tuple[str, str], _Group]) -> _Waiting:
    one = waiting.popleft()
    one.group.waiting -= 1
    if one.record is not None and one.group.waiting == 0:
        groups.pop((one.record.node, one.record.serial), None)
    return one


def _has_siblings(kind: str) -> bool:
    """What programs log stands alone; what the kernel logs of a call does not."""
    return not kind.startswith(
        ("USER_", "CRED_", "SERVICE_", "SYSTEM_", "DAEMON_", "ADD_", "DEL_", "GRP_", "ACCT_")
    )


class AuditMessage:
    """A record inside a syslog line among others: an event without its siblings."""

    def knows(self, line: SyslogLine) -> bool:
        return "audit(" in line.message[:160] and begins(line.message)

    def events(self, line: SyslogLine, original: str) -> Sequence[Seen]:
        record = read_record(line.message)
        if record.type == "EOE":
            return ()
        made = record_event(record, [record], {}, line.host)
        return [Seen(made.kind, made.row, made.extra, original)]
