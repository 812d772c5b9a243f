"""The tables: one a record type. The whole record is JSON in `doc`; beside it stands what is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import cast

import msgspec
import sqlalchemy as sa

from taishi.core import (
    exchange_records,
    node_records,
    notice_records,
    portal_records,
    records,
    register_records,
)
from taishi.core.problems import Problem

Scalar = str | int | None
Getter = Callable[[msgspec.Struct], object]


def sortable(moment: datetime) -> str:
    """UTC as text of one width, so that it sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class RecordTable:
    """Where records of one type are kept: `getters` say what stands in each column beside the record."""

    of: type[msgspec.Struct]
    table: sa.Table
    getters: Mapping[str, Getter]

    def row(self, record: msgspec.Struct) -> dict[str, Scalar]:
        row = {name: _scalar(get(record)) for name, get in self.getters.items()}
        return row | {"doc": msgspec.json.encode(record).decode()}

    def column(self, name: str) -> "sa.Column[Scalar]":
        """Raises Problem where a search names no column."""
        if name not in self.getters:
            known = ", ".join(self.getters)
            raise Problem(f"{name}: {self.table.name} cannot be asked by that; columns are {known}")
        return cast("sa.Column[Scalar]", self.table.columns[name])


def storable(text: str) -> str:
    """PostgreSQL has no text with a zero character."""
    return text.replace("\0", "\ufffd")


def _scalar(value: object) -> Scalar:
    if isinstance(value, tuple):
        return storable(" ".join(value))
    if isinstance(value, str):
        return storable(value)
    return sortable(value) if isinstance(value, datetime) else cast(Scalar, value)


#: Of each record type the columns that can be asked for and ordered by, besides `id`; `a=b.c` says where
#: in the record a column's value is.
_COLUMNS: dict[type[msgspec.Struct], str] = {
    records.Hit: "subject threat level rule last_seen",
    records.Alert: "subject=verdict.subject unit=verdict.unit asset=verdict.asset threat=verdict.threat"
    " level=verdict.level state assignee first_seen=verdict.first_seen last_seen=verdict.last_seen"
    " count=verdict.count incident=verdict.incident",
    records.RiskEvent: "alert_id threat level unit state subject first_seen last_seen",
    records.RiskVersion: "risk_id known_at first_seen",
    records.Publication: "since until as_of at",
    notice_records.Notice: "unit type state number created_at deadline about alerts",
    notice_records.NoticeStep: "notice_id at move",
    notice_records.Paper: "notice_id kind sha256",
    portal_records.PortalLink: "notice_id expires_at",
    portal_records.PortalSession: "notice_id expires_at",
    portal_records.AnswerDraft: "",
    portal_records.Receipt: "notice_id at",
    portal_records.Delivery: "notice_id state next_at queued_at",
    records.Block: "address state alert_id alerts unit created_at",
    records.Unit: "name parent",
    records.Asset: "unit kind value tier system",
    register_records.RegisterChange: "at act",
    register_records.Sighting: "last_seen",
    register_records.WatchedNetwork: "",
    register_records.IgnoredAddress: "until",
    records.Person: "name",
    records.Session: "person seen_at",
    records.InputFile: "path kind read_at",
    records.PlaybookRun: "playbook alert_id at",
    records.RuleException: "rule since until",
    records.SensorEntry: "name kind secret",
    records.Heartbeat: "at",
    exchange_records.ReceivedItem: "sender type item revision",
    exchange_records.TakenStream: "sender created",
    node_records.Lease: "",
    node_records.FoundHit: "",
    records.SensorLife: "sensor since until",
}
#: Compared and ordered letter by letter, whatever the server's language.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBERS = frozenset({"count"})


def record_tables(metadata: sa.MetaData) -> dict[type[msgspec.Struct], RecordTable]:
    return {of: _record_table(of, spelled.split(), metadata) for of, spelled in _COLUMNS.items()}


def _record_table(of: type[msgspec.Struct], spelled: list[str], metadata: sa.MetaData) -> RecordTable:
    getters: dict[str, Getter] = {"id": attrgetter("id")}
    for one in spelled:
        name, _, path = one.partition("=")
        getters[name] = attrgetter(path or name)
    columns = [
        sa.Column(name, sa.BigInteger if name in _NUMBERS else TEXT, index=True)
        for name in getters
        if name != "id"
    ]
    table = sa.Table(
        of.__name__.lower(),
        metadata,
        sa.Column("id", TEXT, primary_key=True),
        *columns,
        sa.Column("doc", sa.Text, nullable=False),
    )
    return RecordTable(of, table, getters)


def pair_table(name: str, value: sa.Text | sa.BigInteger, metadata: sa.MetaData) -> sa.Table:
    """A table of names with one value each: counters, settings."""
    return sa.Table(
        name,
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", value, nullable=False),
    )
