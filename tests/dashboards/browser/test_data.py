"""The page on data security in a real browser: what systems held, by stage, and the risks beside it."""

from datetime import timedelta

import pytest

from detections.personal.kinds.id_card import check_sign
from detections.personal.shield import shield
from taishi.app.desk import Desk
from taishi.core.event import BatchBuilder
from tests.dashboards.browser.conftest import Screen
from tests.dashboards.conftest import NOW, UNITS

pytestmark = pytest.mark.browser

ID = "34052119800101001" + check_sign("34052119800101001")


@pytest.fixture
def leaking(county: Desk) -> Desk:
    """The county with an interface that answers with identity numbers."""
    builder = BatchBuilder("http", "pcap", "leak")
    for number in range(3):
        row = {
            "@timestamp": NOW - timedelta(hours=number + 1),
            "event.module": "pcap",
            "source.ip": "10.34.0.77",
            "destination.ip": "10.34.0.20",
            "url.path": "/api/pupils",
            "http.response.body.content": f"身份证{ID}\n手机13912345678",
            "http.response.body.bytes": 60,
            "taishi.destination.unit": UNITS[0],
        }
        builder.add(number, row)
    batch = builder.take()
    assert batch is not None
    county.events.write([shield(batch)])
    return county


def test_what_systems_held_is_told_by_stage_and_masked(leaking: Desk, screen: Screen) -> None:
    screen.page.locator(".rail").get_by_text("数据安全").click()
    row = screen.page.locator("tbody tr", has_text="10.34.0.20")
    assert "管出" in row.inner_text()
    assert "身份证号 3" in row.inner_text()
    assert screen.page.get_by_role("heading", name="数据安全风险").is_visible()
    screen.page.locator(".chips").get_by_text("管存").click()
    assert screen.page.locator("tbody tr", has_text="10.34.0.20").count() == 0
    screen.open("/data")
    row.locator("a.open").click()
    assert ID not in screen.page.content()
    screen.open("/data")
    assert screen.overflow() == 0
    screen.shoot("data")
