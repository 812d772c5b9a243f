"""系统 → 字段映射: edited, tried, saved, undone."""

from html import unescape

from taishi.app.desk import Desk
from tests.dashboards.conftest import Login
from tests.sensors.test_fieldmaps import LINES, OWN, TABLE


def test_a_map_is_tried_saved_and_undone(desk: Desk, login: Login) -> None:
    visitor = login()
    assert "深信服" in visitor.get("/system/fieldmaps")
    visitor.get("/system/fieldmaps/new")
    page = visitor.post("/system/fieldmaps/try", text=OWN, lines=TABLE + "1,2\n")
    assert "3 行，1 行未能识别" in page
    assert "198.51.100.7" in page
    assert "2 values for 6 columns" in page
    assert [one.mapped.name for one in desk.field_maps.listed() if one.mapped.own] == []
    page = visitor.post("/system/fieldmaps/save", text=OWN.replace("\n", "\r\n"), why="新网闸")
    assert "县级网闸" in page
    assert desk.field_maps.get("county_gate").mapped.text == OWN
    audit = visitor.get("/system/audit")
    assert "保存字段映射" in audit
    assert "新网闸" in audit
    visitor.get("/system/fieldmaps/of/county_gate")
    page = visitor.post("/system/fieldmaps/of/county_gate/undo")
    assert "已撤销" in page
    assert "county_gate" not in page


def test_what_is_wrong_is_said_beside_what_was_written(login: Login) -> None:
    visitor = login()
    visitor.get("/system/fieldmaps/new")
    broken = OWN.replace("source.ip", "<b>source ip")
    for act in ("try", "save"):
        page = visitor.post(f"/system/fieldmaps/{act}", text=broken, lines="<i>")
        assert "is no ECS field name" in unescape(page)
        assert "<b>source ip" not in page
        assert "<b>source ip" in unescape(page)
        assert "<i>" not in page


def test_a_shipped_map_is_shown_and_tried(login: Login) -> None:
    visitor = login()
    page = unescape(visitor.get("/system/fieldmaps/of/sangfor_af"))
    assert "日志类型" in page
    assert "删除" not in page.split("<main", 1)[1]
    text = page.split('name="text"', 1)[1].split(">\n", 1)[1].split("</textarea>", 1)[0]
    assert "数据外的字段" not in text
    page = visitor.post("/system/fieldmaps/try", text=text, lines=LINES["sangfor_af"][0])
    assert "1 行，0 行未能识别" in page


def test_only_administrators_come_in(login: Login) -> None:
    visitor = login("analyst")
    visitor.get("/system/fieldmaps", 403)
    visitor.get("/system/data")
    visitor.post("/system/fieldmaps/try", 409, text=OWN, lines=TABLE)
    visitor.post("/system/fieldmaps/save", 409, text=OWN)
    visitor.post("/system/fieldmaps/of/topsec/remove", 409)
