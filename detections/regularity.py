"""How regular a series is, in [0, 1]: the four parts of RITA v5's beacon score, from its description.

Source: Active Countermeasures, RITA v5 (timestamp, data size, histogram and duration scores, a quarter each).
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import mean, median, pstdev

_HOUR = 3600.0
#: Hours in a row that make a presence fully consistent (RITA's `duration_consistency_ideal_hours_seen`).
_IDEAL_HOURS = 12
#: Below this many hours of presence, duration says nothing (RITA's `duration_min_hours_seen`).
_MIN_HOURS = 6
_BARS = 24


def skew_score(values: Sequence[float]) -> float:
    """1 − |Bowley skewness|; 1 where the quartiles coincide. Quartiles are the medians of the halves."""
    ordered = sorted(values)
    half = len(ordered) // 2
    q1, q2, q3 = median(ordered[:half] or ordered), median(ordered), median(ordered[-half:] or ordered)
    if q2 in (q1, q3):
        return 1.0
    return 1.0 - abs((q3 + q1 - 2 * q2) / (q3 - q1))


def spread_score(values: Sequence[float]) -> float:
    """1 − median absolute deviation / median, at least 0."""
    middle = median(values)
    deviation = median(abs(value - middle) for value in values)
    if middle < 1:
        return 1.0 if deviation == 0 else 0.0
    return max(0.0, 1.0 - deviation / middle)


def evenness(values: Sequence[float]) -> float:
    """The mean of skew and spread score: 1 for equal values."""
    return (skew_score(values) + spread_score(values)) / 2


def timing_score(moments: Sequence[float]) -> float:
    """Evenness of the intervals between sorted moments (epoch seconds); needs three moments."""
    return evenness([later - earlier for earlier, later in pairwise(moments)])


def histogram_score(moments: Sequence[float], start: float, end: float) -> float:
    """Evenness of how often, over 24 equal bars of the window: 1 − coefficient of variation."""
    width = max((end - start) / _BARS, 1e-9)
    bars = [0] * _BARS
    for moment in moments:
        bars[min(_BARS - 1, int((moment - start) / width))] += 1
    return max(0.0, 1.0 - pstdev(bars) / mean(bars))


def duration_score(moments: Sequence[float], start: float, end: float) -> float:
    """The greater of coverage of the window and hours present in a row against twelve."""
    hours = sorted({int((moment - start) // _HOUR) for moment in moments})
    if len(hours) < min(_MIN_HOURS, max(1, int((end - start) // _HOUR))):
        return 0.0
    coverage = (moments[-1] - moments[0]) / max(end - start, 1e-9)
    run = longest = 1
    for earlier, later in pairwise(hours):
        run = run + 1 if later == earlier + 1 else 1
        longest = max(longest, run)
    return min(1.0, max(coverage, longest / _IDEAL_HOURS))
