"""How the loop works: letters counted by type, class and unit, 处置函 and 风险告知函 apart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from taishi.app.window import Window
from taishi.core.notice_records import MATTERS, OUTSTANDING, Notice
from taishi.core.ports import StateStore

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LoopCounts:
    """Of the letters issued: issued = open + closed + withdrawn, answered = on_time + late.

    `received`: the unit has it; `answered`: by the answer that stands (one that was sent back, or was given
    before a recurrence, does not), on time where it came by the deadline of then; `overdue`: open, not
    answered, past its deadline; `returned`, `reopened`: letters to which that happened at least once. The
    medians are days from issue to the answer that stands, and to the closure; None without any.
    """

    issued: int
    received: int
    answered: int
    on_time: int
    late: int
    overdue: int
    returned: int
    reopened: int
    open: int
    closed: int
    withdrawn: int
    median_days_to_answer: float | None
    median_days_to_close: float | None


@dataclass(frozen=True)
class Breakdown:
    """Counts of some letters, in all and by class and unit."""

    counts: LoopCounts
    by_class: Mapping[str, LoopCounts]
    by_unit: Mapping[str, LoopCounts]


@dataclass(frozen=True)
class LoopStatistics:
    """`at`: the moment that overdue is judged at. `by_type` has every type that a unit answers."""

    at: datetime
    whole: Breakdown
    by_type: Mapping[str, Breakdown]


def loop_statistics(state: StateStore, at: datetime, window: Window | None = None) -> LoopStatistics:
    """Letters issued in the window (None: ever) and not after `at`, in the state they are in now."""
    found = [
        one
        for one in state.find(Notice)
        if one.type in MATTERS
        and one.issued_at is not None
        and one.issued_at <= at
        and (window is None or one.issued_at in window)
    ]
    by_type = {type_: _breakdown([one for one in found if one.type == type_], at) for type_ in MATTERS}
    return LoopStatistics(at, _breakdown(found, at), by_type)


def _breakdown(notices: Sequence[Notice], at: datetime) -> Breakdown:
    return Breakdown(
        _counts(notices, at),
        _by(notices, at, lambda one: one.threat),
        _by(notices, at, lambda one: one.unit),
    )


def _by(notices: Iterable[Notice], at: datetime, key: Callable[[Notice], str]) -> Mapping[str, LoopCounts]:
    parts: dict[str, list[Notice]] = defaultdict(list)
    for one in notices:
        parts[key(one)].append(one)
    return {name: _counts(parts[name], at) for name in sorted(parts)}


def _counts(notices: Sequence[Notice], at: datetime) -> LoopCounts:
    answered = [one for one in notices if one.answered_at is not None]
    late = sum(one.answered_at is not None and one.answered_at > one.deadline for one in answered)
    return LoopCounts(
        issued=len(notices),
        received=sum(one.received_at is not None for one in notices),
        answered=len(answered),
        on_time=len(answered) - late,
        late=late,
        overdue=sum(one.overdue(at) for one in notices),
        returned=sum(one.returned > 0 for one in notices),
        reopened=sum(one.reopened > 0 for one in notices),
        open=sum(one.state in OUTSTANDING for one in notices),
        closed=sum(one.state == "closed" for one in notices),
        withdrawn=sum(one.state == "withdrawn" for one in notices),
        median_days_to_answer=_median_days(notices, lambda one: one.answered_at),
        median_days_to_close=_median_days(notices, lambda one: one.closed_at),
    )


def _median_days(notices: Iterable[Notice], end: Callable[[Notice], datetime | None]) -> float | None:
    days = [(until - one.issued_at) / _DAY for one in notices if one.issued_at and (until := end(one))]
    return round(median(days), 2) if days else None
