"""Days put together so that a chart of any span can be read: days, weeks or months."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from taishi.core.text import Text

#: Most bars of days, and of weeks.
_DAYS, _WEEKS = 45, 60


@dataclass(frozen=True)
class Bucket:
    """A bar of the chart: its first day, its figure, last year's (None where there was no such day)."""

    label: str
    count: int
    before: int | None


def unit_of(days: int) -> Text:
    """What one bar stands for."""
    if days <= _DAYS:
        return Text("每日", "by day")
    return Text("每周", "by week") if days <= 7 * _WEEKS else Text("每月", "by month")


def buckets(now: Mapping[date, int], before: Mapping[date, int]) -> list[Bucket]:
    """Last year's days follow in the same order: the n-th day of the one beside the n-th of the other."""
    beside: Sequence[int | None] = [*before.values(), *[None] * len(now)][: len(now)]
    grouped: dict[date, list[tuple[int, int | None]]] = defaultdict(list)
    for (day, n), then in zip(now.items(), beside, strict=True):
        grouped[_first(day, len(now))].append((n, then))
    return [_bucket(_label(first, len(now)), found) for first, found in grouped.items()]


def _first(day: date, days: int) -> date:
    if days <= _DAYS:
        return day
    return day - timedelta(days=day.weekday()) if days <= 7 * _WEEKS else day.replace(day=1)


def _label(first: date, days: int) -> str:
    return f"{first:%Y-%m}" if days > 7 * _WEEKS else f"{first:%m-%d}"


def _bucket(label: str, found: Sequence[tuple[int, int | None]]) -> Bucket:
    known = [then for _, then in found if then is not None]
    return Bucket(label, sum(n for n, _ in found), sum(known) if known else None)
