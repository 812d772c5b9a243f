"""How regular a series of calls is, in [0, 1]: the four parts of RITA v5's beacon score and their mean.

After RITA's documentation and what its public analyser (GPL-3.0) computes; no code is taken. Checked
against the vectors of its own tests. Moments are whole seconds since 1970 in ascending order; the window
[start, end] is the span of all data that is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.int64] | NDArray[np.float64]

#: RITA's `unique_connection_threshold`.
MIN_CALLS = 4
#: `duration_min_hours_seen`, `duration_consistency_ideal_hours_seen`: bars of the histogram.
_MIN_BARS, _IDEAL_BARS = 6, 12
#: `histogram_mode_sensitivity`, `histogram_bimodal_outlier_removal`, `histogram_bimodal_min_hours_seen`.
_SENSITIVITY, _OUTLIERS, _BIMODAL_BARS = 0.05, 1, 11
#: Bars of the histogram: one an hour of a day.
BARS = 24
#: A spread of the quartiles below this says nothing about skew (seconds, bytes).
_MIN_SPREAD = 10


@dataclass(frozen=True)
class Regularity:
    """The four parts; the score is their mean (all weights are 0.25)."""

    timestamp: float
    size: float
    histogram: float
    duration: float

    @property
    def score(self) -> float:
        return round((self.timestamp + self.size + self.histogram + self.duration) / 4 + 1e-9, 3)


def regularity(moments: ArrayLike, sizes: ArrayLike, start: int, end: int) -> Regularity:
    """Raises ValueError for fewer than four different moments or an empty window."""
    ordered = np.sort(np.asarray(moments, np.int64))
    bars = histogram(ordered, start, end)
    return Regularity(
        timestamp_score(ordered),
        evenness(np.sort(np.asarray(sizes, float)), otherwise=0.0),
        histogram_score(bars),
        duration_score(bars, int(ordered[0]), int(ordered[-1]), start, end),
    )


def timestamp_score(ordered: NDArray[np.int64]) -> float:
    """Evenness of the intervals between different moments."""
    intervals = np.diff(ordered)
    intervals = np.sort(intervals[intervals > 0])
    if len(intervals) < MIN_CALLS - 1:
        raise ValueError("a rhythm needs four different moments")
    return evenness(intervals, otherwise=1.0)


def evenness(ordered: Numbers, otherwise: float) -> float:
    """The mean of skew and spread score; `otherwise`: the spread score where the median is below 1."""
    return round((1.0 - abs(skew(ordered)) + spread_score(ordered, otherwise)) / 2, 3)


def skew(ordered: Numbers) -> float:
    """Bowley's skewness; 0 where unreliable. Quartiles are medians of the halves, without a middle value."""
    half = len(ordered) // 2
    if not half:
        return 0.0
    low, middle, high = middle_of(ordered[:half]), middle_of(ordered), middle_of(ordered[-half:])
    if high - low < _MIN_SPREAD or middle in (low, high):
        return 0.0
    return (high + low - 2 * middle) / (high - low)


def spread_score(ordered: Numbers, otherwise: float) -> float:
    """1 − median absolute deviation / median, at least 0."""
    middle = middle_of(ordered)
    if middle < 1:
        return otherwise
    return max(0.0, 1.0 - middle_of(np.sort(np.abs(ordered - middle))) / middle)


def middle_of(ordered: Numbers) -> float:
    """The median of ordered values."""
    size = len(ordered)
    return (float(ordered[(size - 1) // 2]) + float(ordered[size // 2])) / 2


def histogram(moments: NDArray[np.int64], start: int, end: int, bars: int = BARS) -> NDArray[np.int64]:
    """How many moments lie in each of as many equal parts of the window; its end belongs to the last.

    What lies outside counts for the part next to it: RITA takes calls from the full hour on.
    """
    if end <= start:
        raise ValueError("a histogram needs a window")
    counts, _ = np.histogram(np.clip(moments, start, end), bins=np.linspace(start, end, bars + 1))
    return counts.astype(np.int64)


def histogram_score(counts: NDArray[np.int64]) -> float:
    """The greater of flatness and of how well one or two heights explain the bars."""
    mean = float(np.mean(counts))
    flat = max(0.0, 1.0 - float(np.std(counts)) / mean) if mean else 0.0
    return round(max(flat, two_heights(counts)), 3)


def two_heights(counts: NDArray[np.int64]) -> float:
    """The share of bars, but for one outlier, that have one of the two most frequent heights."""
    bars = counts[counts > 0]
    if len(bars) < _BIMODAL_BARS:
        return 0.0
    step = ceil(float(bars.max()) * _SENSITIVITY)
    _, frequent = np.unique(bars // step, return_counts=True)
    return min(1.0, float(np.sort(frequent)[-2:].sum()) / max(len(bars) - _OUTLIERS, 1))


def duration_score(counts: NDArray[np.int64], first: int, last: int, start: int, end: int) -> float:
    """The greater of coverage of the window and bars in a row against twelve; 0 for few bars."""
    if int((counts > 0).sum()) < _MIN_BARS or last <= first:
        return 0.0
    coverage = ceil((last - first) / (end - start) * 1000) / 1000
    return min(1.0, max(coverage, ceil(longest_run(counts) / _IDEAL_BARS * 1000) / 1000))


def longest_run(counts: Sequence[int] | NDArray[np.int64]) -> int:
    """The most bars in a row that are not empty; the last and the first are neighbours."""
    filled = [count > 0 for count in counts]
    if all(filled):
        return len(filled)
    gap = filled.index(False)
    turned = filled[gap:] + filled[:gap]
    return max((len(list(run)) for one, run in groupby(turned) if one), default=0)


def interval(ordered: NDArray[np.int64]) -> float:
    """The median time between moments, seconds."""
    return middle_of(np.sort(np.diff(ordered))) if len(ordered) > 1 else 0.0
