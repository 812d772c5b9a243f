"""An account reads a table of people that others have read for days, and it did not before (database audit).

A table of people is known by its name or by a column that the statement asks for. Look-alike: a new clerk, so
this is low; a whole table at once, without a condition, is what an export looks like.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.naming import target_of
from detections.networks import Networks
from detections.personal.grade import SENSITIVE
from detections.personal.labels import classify
from detections.sequences.recent import MOST_THIN, Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit, SubjectKind
from taishi.core.text import Text

#: A table is known when others have read it for so long.
KNOWN_FOR = timedelta(days=2)
_FIRST = timedelta(days=1)
_ACCOUNTS = 200

FINDING = Finding(
    "taishi.data.new-reader",
    Text("新账号读取敏感数据表", "A new account reads a table of people"),
    "risk",
    "low",
    ("T1213",),
    Text(
        "向系统责任单位核实该账号与用途是否经审批；未经审批的停用账号并核查导出的数据。",
        "Ask the system's owner whether account and purpose were approved; if not, disable the account and "
        "find out what was exported.",
    ),
    "data",
)

_SELECT = re.compile(
    r"\bselect\b(?P<columns>.{1,2000}?)\bfrom\b\s+(?P<tables>[\w.`\"\[\]]{1,120})",
    re.IGNORECASE | re.DOTALL,
)
_NARROWED = re.compile(r"\b(?:where|limit|top\s+\d+|count\s*\()\b", re.I)
_PEOPLE = re.compile(
    r"person|people|citizen|resident|pupil|student|patient|insured|household|hukou|renkou|canbao|xueji|"
    r"人口|居民|参保|学籍|患者|户籍|人员",
    re.I,
)


class _Reader(msgspec.Struct, forbid_unknown_fields=True):
    first: datetime
    whole: bool = False
    source: str = ""
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    subject_kind: SubjectKind = "host"
    readers: dict[str, _Reader] = msgspec.field(default_factory=dict)


class TableReaders:
    """Remembers which account first read which table when; the order of events changes nothing."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"other"})

    def __init__(self, networks: Networks) -> None:
        del networks
        self._tables = Recent(tuple[str, str], _Table, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "event.category", "database").events():
            account = event.text("user.name")
            read = people_read(statement(event)) if account else None
            if read is not None:
                self._note(event, account, *read)

    def _note(self, event: Event, account: str, table: str, whole: bool) -> None:
        subject, kind, side = target_of(event)
        known = self._tables[subject, table]
        known.subject_kind = kind
        reader = known.readers.get(account)
        if reader is None:
            if len(known.readers) >= _ACCOUNTS:
                return
            reader = known.readers[account] = _Reader(event.time)
        reader.first = min(reader.first, event.time)
        if event.time < reader.first + _FIRST:
            reader.whole = reader.whole or whole
            reader.source = max(reader.source, event.text("source.ip"))
            reader.evidence.add(event, side=side)

    def hits(self) -> Iterator[Hit]:
        for (subject, name), table in self._tables.items():
            known_since = min(one.first for one in table.readers.values())
            for account, one in table.readers.items():
                if one.first >= known_since + KNOWN_FOR:
                    yield _hit(subject, table.subject_kind, name, account, one)


def statement(event: Event) -> str:
    """The SQL that an audit line tells, wherever its source keeps it."""
    extra = event.extra
    return str(extra.get("postgresql.audit.statement") or event.text("message") or "")


def people_read(sql: str) -> tuple[str, bool] | None:
    """The table of people that a statement reads, and whether it reads it whole; None for any other."""
    found = _SELECT.search(sql)
    if found is None:
        return None
    table = re.sub(r"[`\"\[\]]", "", found["tables"]).lower()
    columns = re.split(r"[\s,`\"().\[\]]+", found["columns"])
    if not _PEOPLE.search(table) and not any(classify(column) in SENSITIVE for column in columns):
        return None
    return table, not _NARROWED.search(sql)


def _hit(subject: str, kind: SubjectKind, table: str, account: str, one: _Reader) -> Hit:
    whole = Text("整表", " whole") if one.whole else Text("", "")
    return hit(
        FINDING,
        one.evidence,
        key=f"{table} {account}",
        subject=subject,
        subject_kind=kind,
        peers=[one.source] if one.source else (),
        level="medium" if one.whole else "low",
        summary=Text(
            f"账号 {account} 首次{whole.zh}读取 {subject} 的数据表 {table}，此前由其他账号使用",
            f"account {account} reads table {table} of {subject}{whole.en} for the first time",
        ),
    )


SEQUENCE = TableReaders
