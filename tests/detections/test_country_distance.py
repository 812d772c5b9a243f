"""How far apart countries are."""

import pytest

from detections.country_distance import distance, region


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("CN", "US", 10_000, 11_500),
        ("CN", "DE", 7_500, 9_000),
        ("CN", "JP", 2_000, 3_200),
        ("DE", "FR", 300, 1_000),
        ("NZ", "ES", 18_000, 20_016),
    ],
)
def test_middles_of_countries(one: str, other: str, least: float, most: float) -> None:
    assert least < distance(one, other) < most
    assert distance(one, other) == pytest.approx(distance(other, one))


def test_china_is_one_region_and_what_is_no_country_is_nowhere() -> None:
    assert {region(code) for code in ("CN", "HK", "MO", "TW")} == {"CN"}
    assert [region(code) for code in ("EU", "AP", "ZZ", "")] == [None] * 4
    assert distance("CN", "CN") < 1
