"""Evidence out of tables: each row names its earliest and its latest event."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypedDict, cast

from detections.hits import EVIDENCE_LIMIT, Evidences
from taishi.core.ecs import Kind
from taishi.core.event import Event, Value
from taishi.core.records import Evidence
from taishi.core.summary import summarize


class FlowRow(TypedDict):
    """A row of `ledger.flows.FLOWS`."""

    src: str
    dst: str
    port: int
    transport: str
    protocol: str
    n: int
    vain: int
    unseen: int
    refused: int
    answered: int
    both: int
    up: int
    down: int
    sent: int
    received: int
    packets_up: int
    packets_down: int
    first: int
    last: int
    longest: int
    held: int
    example: str
    latest: str


class QuestionRow(TypedDict):
    """A row of `ledger.records.QUESTIONS`."""

    src: str
    server: str
    domain: str
    below: str
    rcode: str
    n: int
    first: int
    last: int
    example: str


class TryRow(TypedDict):
    """A row of `ledger.records.TRIES`."""

    example: str
    source: str
    target: str
    kind: str
    service: str
    outcome: str
    user: str
    action: str
    sport: int
    t: int


Row = FlowRow | QuestionRow | TryRow
_Fields = Mapping[str, str | int | None]


_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
#: Under which names rows of a kind keep whose they are; for flows it depends on the side.
_OWNERS = {"source": ("sunit", "sasset"), "destination": ("dunit", "dasset")}


def moment(micros: int) -> datetime:
    """Microseconds since 1970 as a time, UTC."""
    return _BEGINNING + timedelta(microseconds=micros)


def gathered(rows: Iterable[Row], side: str = "source", kind: Kind = "flow") -> Evidences:
    """Rows of one table as the evidence of one hit; `side` says whose unit a flow speaks for."""
    found = [cast(_Fields, row) for row in rows]
    shown = sorted(
        {str(row[name]): row for row in found for name in ("example", "latest") if name in row}.items()
    )
    kept = [_evidence(text, row, kind) for text, row in shown[:EVIDENCE_LIMIT]]
    unit, asset = _OWNERS[side] if kind == "flow" and "n" in found[0] else ("unit", "asset")
    owners = sorted((str(row[unit]), str(row.get(asset) or "")) for row in found if row.get(unit))
    first = min(_number(row, "first", "t") for row in found)
    last = max(_number(row, "last", "t") for row in found)
    return Evidences(
        count=sum(_number(row, "n") if "n" in row else 1 for row in found),
        first=min([moment(first), *(one.time for one in kept)]),
        last=max([moment(last), *(one.time for one in kept)]),
        kept=kept,
        unit=owners[0][0] if owners else None,
        asset=(owners[0][1] or None) if owners else None,
    )


def _number(row: _Fields, *names: str) -> int:
    return next(int(row[name] or 0) for name in names if name in row)


def _evidence(text: str, row: _Fields, kind: Kind) -> Evidence:
    time, event_id, *more = text.split("|", 3)
    at = moment(int(time))
    told = _SAYS[kind](row, more)
    fields = {name: value for name, value in told.items() if value not in (None, "", 0)}
    return Evidence(event_id, at, summarize(Event(kind, {"event.id": event_id, "@timestamp": at, **fields})))


def _flow(row: _Fields, more: list[str]) -> dict[str, Value]:
    if "outcome" in row:  # a session, among the tries
        ends: dict[str, Value] = {"source.ip": row["source"], "destination.ip": row["target"]}
        return {**ends, "source.port": more[0], "network.protocol": row["service"]}
    return {
        "source.ip": row["src"],
        "source.port": more[0],
        "destination.ip": row["dst"],
        "destination.port": row["port"],
        "network.transport": row["transport"],
        "network.protocol": row["protocol"],
        "taishi.flow.state": more[1],
    }


def _question(row: _Fields, more: list[str]) -> dict[str, Value]:
    return {
        "source.ip": row["src"],
        "destination.ip": row["server"],
        "dns.question.type": more[0],
        "dns.question.name": more[1],
        "dns.response_code": row["rcode"],
    }


def _logon(row: _Fields, more: list[str]) -> dict[str, Value]:
    target = {"destination.ip": row["target"]} if row["kind"] == "ip" else {}
    return {
        **target,
        "source.ip": row["source"],
        "source.port": row["sport"],
        "network.protocol": row["service"],
        "event.outcome": row["outcome"],
        "user.name": more[0],
    }


_SAYS = {"flow": _flow, "dns": _question, "logon": _logon}
