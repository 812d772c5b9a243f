"""The register in a real browser: a sheet from upload to undo."""

from pathlib import Path

import pytest

from tests.dashboards.browser.conftest import Screen
from tests.dashboards.test_register import ROWS
from tests.enrichment.test_sheets import workbook

pytestmark = pytest.mark.browser


def test_import_with_preview_then_transfer(screen: Screen, tmp_path: Path) -> None:
    page = screen.page
    screen.open("/units/import")
    page.set_input_files("input[type=file]", workbook(tmp_path / "台账.xlsx", 台账=ROWS))
    page.get_by_role("button", name="预览").click()
    assert "不能导入 1" in page.inner_text("main")
    screen.shoot("register-preview")
    page.get_by_role("button", name="确认写入 5 项").click()
    assert "已导入" in page.inner_text("main")
    screen.open("/units/assets?text=10.34.0.66")
    page.locator("a.open").first.click()
    page.locator("summary", has_text="移交").click()
    page.select_option("select[name=to]", "县医保局")
    page.locator("form[action$=transfer] input[name=why]").fill("借用")
    page.get_by_role("button", name="移交").click()
    assert page.locator("tbody tr").count() == 2
    screen.shoot("register-asset")
