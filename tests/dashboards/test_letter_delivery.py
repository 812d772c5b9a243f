"""A letter's way to its unit, from the console."""

import re

from taishi.app.desk import Desk
from tests.dashboards.conftest import Login
from tests.dashboards.portal_county import issued


def test_a_link_is_shown_once_with_its_picture(county: Desk, login: Login) -> None:
    notice, visitor = issued(county), login()
    assert "还没有送达记录" in visitor.get(f"/letters/{notice.id}")
    page = visitor.post(f"/letters/{notice.id}/link", to="李某")
    code = re.search(r"[A-Z2-9]{5}(?:-[A-Z2-9]{5}){4}", page)
    assert code is not None
    assert "<svg" in page
    assert county.links.look(code[0]) is not None
    assert code[0] not in visitor.get(f"/letters/{notice.id}")
    visitor.post(f"/letters/{notice.id}/unlink", why="发错了人")
    assert county.links.look(code[0]) is None


def test_who_took_it_is_noted_and_shown(county: Desk, login: Login) -> None:
    notice, visitor = issued(county), login()
    visitor.get(f"/letters/{notice.id}")
    page = visitor.post(f"/letters/{notice.id}/handed", to="孙某", at="2026-11-17T15:20")
    assert "已当面送达" in page
    assert "孙某" in page
    assert county.letters.get(notice.id).state == "received"
    visitor.post(f"/letters/{notice.id}/handed", 409, to="孙某", at="2027-11-17T15:20")
    visitor.post(f"/letters/{notice.id}/mail", 409)


def test_a_draft_is_not_carried(county: Desk, login: Login) -> None:
    visitor = login()
    notice = county.letters.draft([county.alerts.list(limit=None).alerts[0].id], "system")
    assert "送达" not in visitor.get(f"/letters/{notice.id}").partition('class="card side"')[2]
    visitor.post(f"/letters/{notice.id}/link", 409)


def test_how_letters_leave_is_set_with_a_reason(county: Desk, login: Login) -> None:
    visitor = login()
    assert "邮件没有启用" in visitor.get("/system/delivery")
    assert "port" in visitor.post("/system/delivery", text="mail: {port: many}", why="试")
    settings = "mail: {host: mail.example.gov.cn, sender: a@example.gov.cn}\n"
    page = visitor.post("/system/delivery", text=settings, why="启用邮件")
    assert "邮件从 a@example.gov.cn 经 mail.example.gov.cn 发出" in page
    assert county.settings.delivery().mail.on
    login("analyst").post("/system/delivery", 409, text=settings, why="不该可以")
