"""系统 → 处置策略: shown to staff, set by an administrator."""

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
