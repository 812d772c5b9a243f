"""通报 → 每周小结: shown week by week, taken along as a workbook."""

from pathlib import Path

from taishi.app.desk import Desk
from taishi.kit.spreadsheets import read_tables
from tests.dashboards.conftest import Login


def test_weeks_are_shown_and_taken_along(county: Desk, login: Login, tmp_path: Path) -> None:
    visitor = login("analyst")
    assert "/letters/weekly" in visitor.get("/letters")
    page = visitor.get("/letters/weekly?week=2026-11-12")
    assert "2026-11-09 09:00" in page
    assert "本周首次发现" in page
    assert "各项之和与总数不符" not in page
    assert page.count('class="open"') > 0
    got = visitor.ask("GET", "/letters/weekly.xlsx?week=2026-11-12")
    (tmp_path / "week.xlsx").write_bytes(got.content)
    [sheet] = read_tables(tmp_path / "week.xlsx")
    assert len(sheet.rows) - 1 == page.count('class="open"')
