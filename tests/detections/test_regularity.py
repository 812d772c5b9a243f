"""The beacon score stays a score; RITA's own vectors are in test_rita_vectors.py."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detections.regularity import interval, regularity


@given(
    st.lists(st.integers(0, 10**9), min_size=4, max_size=60, unique=True),
    st.lists(st.integers(0, 10**9), min_size=4, max_size=60),
)
def test_every_part_stays_between_nought_and_one(moments: list[int], sizes: list[int]) -> None:
    found = regularity(moments, sizes, min(moments), max(moments))
    for part in (found.timestamp, found.size, found.histogram, found.duration, found.score):
        assert 0 <= part <= 1


def test_the_interval_is_the_median() -> None:
    assert interval(np.array([0, 60, 120, 500])) == 60
