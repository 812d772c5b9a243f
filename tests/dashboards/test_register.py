"""The register in the console: import with preview and undo, forms, transfer, unregistered addresses."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from taishi.app.desk import Desk
from taishi.core.records import Asset, Unit
from taishi.core.register_records import Exposure, Sighting
from tests.dashboards.conftest import NOW, Login, Visitor
from tests.enrichment.test_sheets import Rows, workbook

ROWS: Rows = [
    ["单位", "单位负责人", "IP", "资产名称", "等级", "使用人", "使用人电话"],
    ["县教育局", "张某", "10.34.0.0/24", "教育专网", None, None, None],
    ["县教育局", None, "10.34.0.66", None, None, "赵某", 13800001234],
    ["县教育局", None, "10.34.0", "错", None, None, None],
    ["县气象局", None, "10.34.60.0/24", "观测", "二级", None, None],
]


def upload(visitor: Visitor, path: Path) -> str:
    visitor.get("/units/import")
    answer = visitor.ask(
        "POST", "/units/import", data={"csrf": visitor.csrf}, files={"sheet": (path.name, path.read_bytes())}
    )
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(token|name|unit|digest)" value="([^"]*)"', page))


def test_a_sheet_is_previewed_taken_and_undone(county: Desk, login: Login, tmp_path: Path) -> None:
    visitor = login("analyst")
    preview = upload(visitor, workbook(tmp_path / "台账.xlsx", 台账=ROWS))
    assert "新增 3，修改 2，不变 0，不能导入 1。" in preview
    assert "台账 第4行 C列" in preview
    assert re.search(r"<td>10.34.0.0/24</td><td>名称</td><td>县教育局办公网</td><td>教育专网</td>", preview)
    assert county.state.count(Unit) == 7
    page = visitor.post("/units/import/take", **hidden(preview), why="年度核对")
    assert "已导入。" in page
    assert "年度核对" in page
    asset = county.edits.asset("10.34.0.66")
    shown = visitor.get(f"/units/assets/{asset.id}")
    assert "138****1234" in shown
    assert "13800001234" not in shown
    assert "县气象局" in visitor.get("/units")
    visitor.post("/units/import/undo", why="导错了")
    assert county.state.count(Unit) == 7
    assert county.edits.asset("10.34.0.0/24").name == "县教育局办公网"


def test_a_preview_that_has_grown_old_is_shown_again(county: Desk, login: Login, tmp_path: Path) -> None:
    visitor = login("analyst")
    fields = hidden(upload(visitor, workbook(tmp_path / "a.xlsx", 台账=ROWS)))
    county.edits.set_asset(county.edits.asset("10.34.0.0/24"), {"name": "改过"}, "system")
    page = visitor.post("/units/import/take", **fields)
    assert "台账有变" in page
    assert "改过" in page
    assert county.state.count(Unit) == 7


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "0" * 32 + ".xlsx"])
def test_only_a_kept_upload_can_be_taken(county: Desk, login: Login, token: str) -> None:
    assert "预览已过期" in login("analyst").post("/units/import/take", 409, token=token)


def test_a_form_changes_what_was_changed_in_it(county: Desk, login: Login) -> None:
    visitor = login("analyst")
    page = visitor.get("/units/u0")
    assert "未登记单位负责人" in page
    visitor.post(
        "/units/u0/set", name="县教育局", contact="李某", phone="", head="张某", contact2="王某", why="换人"
    )
    unit = county.edits.unit("县教育局")
    assert (unit.contact, unit.phone, [one.name for one in unit.contacts]) == ("李某", None, ["李某", "王某"])
    assert unit.head is not None
    assert "未登记单位负责人" not in visitor.get("/units/u0")
    assert county.state.decisions()[-1].why == "换人"


def test_a_transfer_shows_whose_it_was(county: Desk, login: Login) -> None:
    visitor = login("analyst")
    page = visitor.post("/units/assets/a0/transfer", to="县卫健委", at="2026-11-10", why="机房移交")
    assert "已移交" in page
    assert "2026-11-10" in page
    assert [one.unit for one in county.edits.history(county.edits.asset("10.34.0.0/24"))] == ["u1", "u0"]
    assert "请填写理由" in visitor.post(
        "/units/assets/a1/transfer", 409, to="县教育局", at="2026-11-10", why=" "
    )


def test_unregistered_addresses_are_registered_or_ignored(county: Desk, login: Login) -> None:
    for n, last in enumerate((77, 78), start=1):
        county.state.put(
            Sighting(
                f"10.34.88.{last}",
                NOW - timedelta(days=2),
                NOW - timedelta(hours=n),
                ("tcp/3389 rdp",),
                exposures=(Exposure("tcp/3389 rdp", "203.0.113.9", NOW, "event-web"),),
            )
        )
    county.state.put(Asset("n", "u2", "address", "10.34.88.9", "邻居"), Sighting("10.34.88.9", NOW, NOW))
    visitor = login("analyst")
    page = visitor.get("/units/discovered")
    assert "台账准确率 33.3%" in page
    assert "对外应答" in page
    assert "同网段 10.34.88.0/24 已登记 1 台" in page
    visitor.post("/units/discovered/accept", address="10.34.88.77", unit="县自然资源局")
    assert county.edits.asset("10.34.88.77").unit == "u2"
    page = visitor.post("/units/discovered/ignore", address="10.34.88.78", days="30", why="打印机")
    assert "10.34.88.78" not in page


def test_who_may_not_triage_sees_no_forms_and_is_refused(county: Desk, login: Login) -> None:
    visitor = login("approver")
    page = visitor.get("/units/assets/a0")
    assert "机房" not in page
    assert 'action="/units/assets/a0/transfer"' not in page
    visitor.post("/units/assets/a0/end", 409, why="x")
    visitor.post("/units/u0/set", 409, contact="x")


def test_the_export_opens_again(county: Desk, login: Login, tmp_path: Path) -> None:
    answer = login("analyst").ask("GET", "/units/export")
    (tmp_path / "out.xlsx").write_bytes(answer.content)
    again = county.register.preview(tmp_path / "out.xlsx")
    assert (again.added, again.changed, again.refused) == ((), (), ())
