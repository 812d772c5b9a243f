"""系统 → 处置策略: shown to staff, set by an administrator."""

import re
from html import unescape

from notices.measures import default_text
from taishi.app.desk import Desk
from tests.dashboards.conftest import Login

SLOWER = default_text().replace("days: 3,", "days: 4,")


def test_the_table_is_shown_and_a_change_is_audited(desk: Desk, login: Login) -> None:
    visitor = login()
    page = visitor.get("/system/policy")
    for word in ("主机失陷", "网络安全风险处置函", "仅列入每周小结", "问题主机", "按周汇总"):
        assert word in page
    assert "已保存" in visitor.post("/system/policy", text=SLOWER.replace("\n", "\r\n"), why="局务会决定")
    assert desk.settings.policy_text() == SLOWER
    assert "局务会决定" in visitor.get("/system/audit")


def test_what_is_wrong_comes_back_as_it_was_typed(desk: Desk, login: Login) -> None:
    visitor = login()
    visitor.get("/system/policy")
    page = visitor.post("/system/policy", text="<b>cells: 1", why="理由")
    assert "policy: Object contains unknown field" in unescape(page)
    assert "<b>cells" not in page
    assert "&lt;b&gt;cells" in page
    assert desk.settings.policy_text() == default_text()


def test_an_analyst_reads_it_only(desk: Desk, login: Login) -> None:
    visitor = login("analyst")
    assert "<textarea" not in visitor.get("/system/policy")
    visitor.post("/system/policy", 409, text=SLOWER, why="理由")
    assert desk.settings.policy_text() == default_text()


def test_what_another_policy_would_have_sent_is_shown_and_nothing_is_set(county: Desk, login: Login) -> None:
    visitor = login()
    visitor.get("/system/policy")
    told = default_text().replace("low: {when: summary}", "low: {letter: advisory, when: at_once}")
    page = visitor.post("/system/policy/trial?days=90", text=told)
    cell = r'<td class="num">(?:<b>)?([\d,—]+)(?:</b>)?</td>'
    figures = re.findall(r'<tr><th scope="row">([^<]+)</th>' + 3 * cell, page)
    now = {name: (first, other) for name, first, other, _ in figures}
    assert now["风险事件"] == ("120", "120")
    assert int(now["列入每周小结"][0]) > 0
    assert now["列入每周小结"][1] == "0"
    assert int(now["函件合计"][1]) > int(now["函件合计"][0])
    assert county.settings.policy_text() == default_text()
    assert county.letters.list() == []
    assert "Object contains unknown field" in unescape(
        visitor.post("/system/policy/trial", text="<b>cells: 1")
    )
    login("analyst").post("/system/policy/trial", 409, text=told)
