"""The report page: every figure opens what is behind it, papers come out, publishing is an approver's."""

import re
from html import unescape

import pytest

from taishi.app.desk import Desk
from taishi.core.incidents import INCIDENTS
from tests.dashboards.conftest import Login


def test_every_figure_leads_to_as_many_alerts(county: Desk, login: Login) -> None:
    page = login()
    text = page.get("/reports")
    figures = re.findall(r'href="(/alerts\?[^"]*state=standing[^"]*)">([\d,]+)</a>', text)
    assert len(figures) > 15
    for address, figure in figures:
        listed = page.get(unescape(address))
        told = re.search(r"成立 <b>([\d,]+)</b>", listed)
        assert told is not None
        assert told.group(1) == figure, address


def test_kinds_are_named_as_the_standard_does(county: Desk, login: Login) -> None:
    text = login().get("/reports")
    assert any(one.name.zh in text for one in INCIDENTS.values())
    assert "参照 GB/T 20986-2023" in text
    assert "合计一致" in text


@pytest.mark.parametrize("suffix", ["docx", "xlsx", "html"])
def test_papers_are_downloaded(county: Desk, login: Login, suffix: str) -> None:
    answer = login().ask("GET", f"/reports/paper.{suffix}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert len(answer.content) > 2000
    login().get("/reports/paper.exe", 404)


def test_a_report_is_published_once_and_stays(county: Desk, login: Login) -> None:
    page = login("approver")
    page.post("/reports/publish", why="月报")
    (one,) = county.reports.list()
    assert one.id in page.get("/reports")
    assert page.get(f"/reports/published/{one.id}.json") == one.document
    assert "不可比" in page.get("/reports") or "同比" in page.get("/reports")


def test_an_analyst_publishes_nothing(county: Desk, login: Login) -> None:
    page = login("analyst")
    assert "发布并定稿" not in page.get("/reports")
    page.post("/reports/publish", 409)
    assert county.reports.list() == []


def test_a_moment_that_is_none_is_said(county: Desk, login: Login) -> None:
    assert "as_of=yesterday" in login().get("/reports?as_of=yesterday", 400)
