"""The parts of the beacon score, on series whose answer can be reckoned by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections.regularity import (
    duration_score,
    evenness,
    histogram_score,
    skew_score,
    spread_score,
    timing_score,
)


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ([60.0] * 9, 1.0),
        ([98, 99, 99, 100, 100, 100, 101, 101, 102], 0.995),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.773),
    ],
)
def test_evenness(values: list[float], score: float) -> None:
    assert evenness(values) == pytest.approx(score, abs=0.001)


def test_quarter_points_make_the_skew() -> None:
    assert skew_score([1, 2, 25, 42, 90, 299, 500, 1500, 4975]) == pytest.approx(1 - 0.845, abs=0.001)
    assert spread_score([98.0] * 5 + [300.0] * 5) == pytest.approx(1 - 101 / 199, abs=0.001)


def test_even_rhythm_scores_one() -> None:
    assert timing_score([float(60 * number) for number in range(30)]) == 1.0


def test_histogram_of_even_calls_is_flat_and_of_one_burst_is_not() -> None:
    even = [float(number) for number in range(240)]
    assert histogram_score(even, 0, 240) == pytest.approx(1.0, abs=0.01)
    assert histogram_score([1.0] * 240, 0, 240) == 0.0


def test_duration_needs_presence() -> None:
    day = 86400.0
    assert duration_score([3600.0 * hour for hour in range(24)], 0, day) == 1.0
    assert duration_score([0.0, 60.0, 120.0], 0, day) == 0.0


@given(st.lists(st.floats(0, 1e9), min_size=3, max_size=50))
def test_scores_stay_between_nought_and_one(values: list[float]) -> None:
    moments = sorted(values)
    end = moments[-1] + 1
    for score in (
        evenness(values),
        timing_score(moments),
        histogram_score(moments, 0, end),
        duration_score(moments, 0, end),
    ):
        assert -1e-9 <= score <= 1 + 1e-9
