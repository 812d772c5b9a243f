"""What goes up besides events: alerts, letters and counts, as they stand; never who of the staff did what."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import msgspec

from taishi.app.exchange.envelope import ALERT, COUNT, NOTICE, Line, encode
from taishi.app.posture import Figures, count
from taishi.app.reports.document import figures_document
from taishi.app.risk_versions import known
from taishi.app.window import Window, day_of
from taishi.core.notice_records import Notice, NoticeState, NoticeStep
from taishi.core.ports import Find, StateStore
from taishi.core.records import Alert, AlertState, Level, RiskEvent, RiskVersion, Threat, Verdict


class SentAlert(msgspec.Struct, frozen=True):
    """Data of an alert. `dismissed` ones are sent too: whoever had it before must hear of it."""

    state: AlertState
    version: int
    verdict: Verdict


class SentNotice(msgspec.Struct, frozen=True, rename={"threat": "class"}):
    """Data of a letter: where it stands, never its text."""

    type: str
    unit: str
    title: str
    state: NoticeState
    number: str | None
    threat: Threat
    alerts: tuple[str, ...]
    created_at: datetime
    deadline: datetime
    issued_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None


class SentCount(msgspec.Struct, frozen=True):
    """Data of a day's count, as far as it is read again; it has every part of a posture report."""

    total: int
    by_class: dict[Threat, int]
    by_level: dict[Level, int]


#: What stands in `data`, by the type of the line.
DATA: Mapping[str, type[msgspec.Struct]] = {ALERT: SentAlert, NOTICE: SentNotice, COUNT: SentCount}


def check_data(line: Line) -> None:
    """Raises ValueError where it cannot be what its type says, or does not add up."""
    try:
        data = msgspec.json.decode(line.data, type=DATA[line.type])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if isinstance(data, SentCount):
        parts = sum(data.by_class.values()), sum(data.by_level.values())
        if parts != (data.total, data.total):
            raise ValueError(f"the count of {line.id} does not add up")


def item_lines(state: StateStore, source: str, since: datetime | None, now: datetime) -> Iterator[Line]:
    """Everything that has changed since then (None: everything), up to `now`."""
    yield from _alerts(state, source, since)
    yield from _notices(state, source, since)
    yield from _counts(state, source, since, now)


def _alerts(state: StateStore, source: str, since: datetime | None) -> Iterator[Line]:
    for alert in state.find(Alert):
        revision = alert.updated_at or alert.verdict.last_seen
        if since is None or revision >= since:
            told = SentAlert(alert.state, alert.version, alert.verdict)
            yield _line(alert.id, source, ALERT, told, alert.verdict.first_seen, revision)


def _notices(state: StateStore, source: str, since: datetime | None) -> Iterator[Line]:
    moved: dict[str, datetime] = {}
    for step in state.find(NoticeStep, Find(between={"at": (since, None)}, order="at")):
        moved[step.notice_id] = step.at
    for notice in state.find(Notice):
        revision = moved.get(notice.id, notice.created_at)
        if since is None or revision >= since:
            yield _line(notice.id, source, NOTICE, _sent(notice), notice.created_at, revision)


def _sent(notice: Notice) -> SentNotice:
    return SentNotice(
        type=notice.type,
        unit=notice.unit,
        title=notice.title,
        state=notice.state,
        number=notice.number,
        threat=notice.threat,
        alerts=tuple(item.alert_id for item in notice.items),
        created_at=notice.created_at,
        deadline=notice.deadline,
        issued_at=notice.issued_at,
        answered_at=notice.answered_at,
        closed_at=notice.closed_at,
    )


def _counts(state: StateStore, source: str, since: datetime | None, now: datetime) -> Iterator[Line]:
    """One for each day in Asia/Shanghai with a risk event of which something new is known, as it adds up
    now."""
    for day in sorted(_changed_days(state, since)):
        figures = _figures(state, day)
        yield _line(day.isoformat(), source, COUNT, figures_document(figures), figures.window.since, now)


def _changed_days(state: StateStore, since: datetime | None) -> set[date]:
    """A risk event may have moved from one day to another: both count."""
    if since is None:
        return {day_of(one.first_seen) for one in state.find(RiskEvent)}
    versions = state.find(RiskVersion)
    changed = {one.risk_id for one in versions if one.known_at >= since}
    return {day_of(one.first_seen) for one in versions if one.risk_id in changed}


def _figures(state: StateStore, day: date) -> Figures:
    window = Window.of_days(day, day)
    return count(known(state, window), window)


def _line(id_: str, source: str, type_: str, data: object, time: datetime, revision: datetime) -> Line:
    return Line(id_, source, type_, msgspec.Raw(encode(data)), time, revision)
