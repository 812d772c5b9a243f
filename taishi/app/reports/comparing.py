"""Against the same span of last year, or not comparable (不可比) with the reason."""

from dataclasses import dataclass
from datetime import timedelta

from taishi.app.posture import Figures
from taishi.app.window import Window
from taishi.core.clock import ZONE
from taishi.core.text import Text

#: One leap day more or less is told but does not forbid comparing, from this length on: half a per cent.
_LONG = timedelta(days=180)
_DAY = timedelta(days=1)
#: Sensors that were live, in per cent: below, or this far apart, two years saw different things.
LEAST_COVERAGE, MOST_APART = 80.0, 20.0


@dataclass(frozen=True)
class Base:
    """Last year's figures. `any_data`: something was known by the end of that span at all; `coverage`: the
    per cent of sensors that were live, as a report published then says (None: none was published).
    """

    figures: Figures
    any_data: bool
    coverage: float | None = None


def why_not(now: Figures, base: Base, coverage: float | None = None) -> Text | None:
    """Why the two cannot be compared; None where they can."""
    return _spans(now.window, base.figures.window) or _data(base) or _coverage(coverage, base.coverage)


def change_pct(now: Figures, base: Base) -> float | None:
    """Change against the base in per cent, one decimal; None where there is nothing to divide by."""
    if base.figures.total == 0:
        return None
    return round(100 * (now.total - base.figures.total) / base.figures.total, 1)


def _spans(window: Window, base: Window) -> Text | None:
    days, before = _length(window), _length(base)
    first = window.since.astimezone(ZONE)
    if (first.month, first.day) == (2, 29):
        return Text(
            "时段从2月29日开始，去年没有这一天", "the span begins on 29 February, which last year lacks"
        )
    apart = abs(days - before)
    if not apart or (min(days, before) >= _LONG and apart <= _DAY):
        return None
    said = f"{days / _DAY:g}", f"{before / _DAY:g}"
    return Text(
        f"两个时段长度不同：本期{said[0]}天，去年同期{said[1]}天（2月29日）",
        f"the spans differ in length: {said[0]} days against {said[1]} (29 February)",
    )


def _length(window: Window) -> timedelta:
    return window.until - window.since


def _data(base: Base) -> Text | None:
    if not base.any_data:
        return Text("去年同期没有数据", "there are no data of last year")
    if base.figures.total == 0:
        return Text(
            "去年同期风险事件为0，无法计算百分比", "last year's base is 0: there is no per cent of it"
        )
    return None


def _coverage(now: float | None, before: float | None) -> Text | None:
    """Only what is known is judged."""
    if before is not None and before < LEAST_COVERAGE:
        return Text(f"去年同期监测覆盖率仅{before:g}%", f"coverage was only {before:g} % last year")
    if now is not None and before is not None and abs(now - before) > MOST_APART:
        return Text(
            f"监测覆盖率相差过大：本期{now:g}%，去年同期{before:g}%",
            f"coverage differs too much: {now:g} % against {before:g} %",
        )
    return None
