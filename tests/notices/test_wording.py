from datetime import UTC, datetime

import pytest

from notices import wording


@pytest.mark.parametrize(
    ("number", "written"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (47, "四十七"), (99, "九十九")]
)
def test_numerals(number: int, written: str) -> None:
    assert wording.numeral(number) == written


@pytest.mark.parametrize("number", [0, 100])
def test_other_numbers_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 99"):
        wording.numeral(number)


def test_moments_are_told_in_shanghai() -> None:
    at = datetime(2026, 5, 12, 18, 4, tzinfo=UTC)
    assert wording.moment(at) == "2026年5月13日2时04分"
    assert wording.stamp(at) == "2026-05-13 02:04"
    assert wording.span(at, at) == "2026年5月13日"


def test_long_enumerations_tell_their_number() -> None:
    assert wording.some(["甲", "乙", "丙"], 2, "个地址") == "甲、乙等3个地址"
    assert wording.some(["甲", "乙"], 2, "个地址") == "甲、乙"
