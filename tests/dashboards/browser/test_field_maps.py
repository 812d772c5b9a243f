"""An administrator mends a field map in a real browser."""

import pytest

from tests.dashboards.browser.conftest import Screen
from tests.sensors.test_fieldmaps import LINES, OWN, TABLE

pytestmark = pytest.mark.browser


def test_a_map_is_tried_on_pasted_lines_then_saved_and_undone(screen: Screen) -> None:
    page = screen.page
    screen.open("/system/fieldmaps")
    page.get_by_role("link", name="新建映射").click()
    page.fill("textarea[name=text]", OWN)
    page.fill("textarea[name=lines]", TABLE + LINES["topsec"][0])
    page.get_by_role("button", name="试一试").click()
    said = page.inner_text("main")
    assert "3 行，1 行未能识别" in said
    assert "198.51.100.7" in said
    assert page.input_value("textarea[name=text]") == OWN
    screen.shoot("fieldmap-tried")
    page.fill("input[name=why]", "新装网闸")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/system/fieldmaps/of/county_gate**")
    page.get_by_role("button", name="撤销上次修改").click()
    assert "已撤销" in page.inner_text("main")
    assert "county_gate" not in page.inner_text("main")
