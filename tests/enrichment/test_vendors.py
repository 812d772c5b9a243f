"""Who made a network card."""

import pytest

from enrichment.vendors import device, vendor


@pytest.mark.parametrize(
    ("mac", "name"),
    [
        ("00-E0-FC-11-22-33", "HUAWEI TECHNOLOGIES CO.,LTD"),
        ("00:00:00:11:22:33", "XEROX CORPORATION"),
        ("02-00-00-00-00-01", None),
        ("FF-FF", None),
        ("no address", None),
        ("", None),
    ],
)
def test_the_maker_by_the_prefix(mac: str, name: str | None) -> None:
    assert vendor(mac) == name


def test_the_kind_where_a_maker_makes_but_one() -> None:
    made, plain = device("3C-EF-8C-00-00-01"), device("00-E0-FC-11-22-33")
    assert made is not None
    assert plain is not None
    assert made.zh.endswith("（视频监控设备）")
    assert plain.zh == plain.en == "HUAWEI TECHNOLOGIES CO.,LTD"
