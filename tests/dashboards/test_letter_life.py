"""A letter that has left, through its page: what is needed next, acts, papers, history."""

from datetime import timedelta

import pytest

from taishi.app.desk import Desk
from taishi.core.clock import FixedClock
from tests.app.loop.test_papers import scan
from tests.dashboards.conftest import Login, Visitor, alert_of

HOST = "10.34.0.10"


@pytest.fixture
def letter(county: Desk) -> str:
    """Issued; the unit is 县教育局."""
    notice = county.letters.draft([alert_of(county, HOST).id], "system")
    county.letters.approve(notice.id, "admin", county.letters.text_hash(notice.id))
    return county.letters.issue(notice.id, "admin").id


def send(visitor: Visitor, letter: str, act: str, **files: bytes) -> str:
    """A form with files, as a browser sends it."""
    answer = visitor.ask(
        "POST",
        f"/letters/{letter}/{act}",
        data={"csrf": visitor.csrf},
        files={name: (f"{name}.pdf", body, "application/pdf") for name, body in files.items()},
        follow_redirects=True,
    )
    return answer.text


def test_from_receipt_to_closure(county: Desk, login: Login, letter: str) -> None:
    clerk, approver = login("analyst"), login("approver")
    page = clerk.get(f"/letters/{letter}")
    assert "下一步：</b> 单位签收、整改并报送材料" in page
    assert "还差： 缺处置报告单；缺承诺函" in page
    assert "李某" in page
    assert f"/letters/{letter}/close" not in page
    assert "王敏签收" in clerk.post(f"/letters/{letter}/receive", why="王敏签收")
    clerk.post(f"/letters/{letter}/start")
    assert "已退回，函件仍在办理" in send(clerk, letter, "answer", report=scan())
    page = send(clerk, letter, "answer", commitment=scan())
    assert "材料齐全，待复核" in page
    assert "处置报告单 · report.pdf" in page
    assert "静默观察未满 7 天" in send(clerk, letter, "recheck")
    page = send(clerk, letter, "recheck", retest=scan())
    assert "复核通过，复核意见已起草" in page
    assert "经复测，问题已消除" in page
    assert "复核意见" in page
    assert f"/letters/{letter}/close" not in page  # an approver's
    approver.get(f"/letters/{letter}")
    page = approver.post(f"/letters/{letter}/close")
    assert "已销号。" in page
    assert "已办结；再次出现时自动重开" in page
    assert county.letters.get(letter).state == "closed"


def test_a_paper_is_handed_out_as_it_came_and_to_its_letter_only(
    county: Desk, login: Login, letter: str
) -> None:
    clerk = login("analyst")
    clerk.get(f"/letters/{letter}")
    send(clerk, letter, "answer", report=scan(), commitment=scan())
    paper = county.loop.papers_of(letter)[0]
    answer = clerk.ask("GET", f"/letters/{letter}/papers/{paper.id}")
    assert answer.content == scan()
    assert answer.headers["content-disposition"].startswith("attachment")
    clerk.get(f"/letters/{letter}/papers/none", 404)
    clerk.get(f"/letters/N-2026-000009/papers/{paper.id}", 404)


def test_extension_objection_return_bounce(county: Desk, login: Login, letter: str) -> None:
    admin = login()
    county.loop.extend(letter, "unit:u0", "停机更换", 2)
    assert "单位申请延期 2 个工作日： 停机更换" in admin.get(f"/letters/{letter}")
    assert "已延期" in admin.post(f"/letters/{letter}/extend", days="2", why="同意")
    assert "单位提出异议： 渗透测试" in admin.post(f"/letters/{letter}/object", why="渗透测试")
    assert "未采纳。 日志确凿" in admin.post(f"/letters/{letter}/objection", accepted="no", why="日志确凿")
    page = admin.post(f"/letters/{letter}/bounce", why="空号")
    assert "0555-7654321 未送达： 空号" in page
    assert "该单位没有可联系的人" in page
    send(admin, letter, "answer", report=scan(), commitment=scan())
    assert "印章不清" in admin.post(f"/letters/{letter}/return", why="印章不清")
    assert "函件仍在办理" in admin.get(f"/letters/{letter}?done=sent_back")


def test_what_is_not_allowed_is_said_in_words(county: Desk, login: Login, letter: str) -> None:
    clerk = login("analyst")
    clerk.get(f"/letters/{letter}")
    assert "才能销号" in login().post(f"/letters/{letter}/close", 409)
    assert "没有接收" in send(clerk, letter, "answer", report=b"#!/bin/sh\n")
    clerk.post("/letters/N-2026-000009/start", 404)
    assert county.letters.get(letter).state == "issued"


def test_overdue_letters_are_found(county: Desk, login: Login, letter: str) -> None:
    admin = login()
    assert "只看逾期" not in admin.get("/letters")
    assert isinstance(county.clock, FixedClock)
    county.clock.advance(timedelta(days=8))
    admin = login()
    assert "只看逾期（1）" in admin.get("/letters")
    assert letter in admin.get("/letters?overdue=true")
    assert "逾期" in admin.get(f"/letters/{letter}")
    assert 'href="/letters?overdue=true"' in admin.get("/")
