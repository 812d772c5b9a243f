"""Intelligence in a real browser."""

from pathlib import Path

import pytest

from taishi.app.desk import Desk
from taishi.core.indicators import IntelSource
from tests.dashboards.browser.conftest import Screen
from tests.dashboards.conftest import NOW
from tests.enrichment.intel.feeds import attribute, event, write_feed

pytestmark = pytest.mark.browser


def test_sources_are_looked_up_and_silenced(screen: Screen, county: Desk, tmp_path: Path) -> None:
    page, intel = screen.page, county.intel
    write_feed(
        tmp_path / "feed",
        event("Actor X", attribute("domain", "bad.example.org"), attribute("ip-src", "10.0.0.1")),
    )
    intel.sync(intel.add(IntelSource("", "cert", "misp-feed", str(tmp_path / "feed"), NOW), "system"))
    screen.open("/intel")
    assert "cert" in page.inner_text("main")
    screen.shoot("intel")
    page.get_by_placeholder("查一个地址").fill("www.bad.example.org")
    page.get_by_role("button", name="查询").click()
    assert "Actor X" in page.inner_text("main")
    page.get_by_role("link", name="静默与降级").click()
    assert "rfc1918" in page.inner_text("main")
    screen.shoot("intel-graded")


def test_indicators_are_entered_and_withdrawn(screen: Screen, county: Desk) -> None:
    page = screen.page
    screen.open("/intel/entered")
    page.get_by_label("值（").fill("bad.example.org\n198.51.100.0/24")
    page.get_by_label("用途").select_option("phishing")
    page.get_by_label("理由").first.fill("群众举报的仿冒网站")
    page.get_by_role("button", name="录入", exact=True).click()
    assert "群众举报的仿冒网站" in page.inner_text("main table")
    screen.shoot("intel-entered")
    row = page.locator("tr", has_text="bad.example.org")
    row.get_by_text("撤销").first.click()
    row.get_by_role("textbox").fill("误报")
    row.get_by_role("button", name="撤销").click()
    assert [one.indicator.value for one in county.hand_entries.all()] == ["198.51.100.0/24"]
