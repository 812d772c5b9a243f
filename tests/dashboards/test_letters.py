"""Letters and blocks through their pages."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest

from taishi.app.desk import Desk
from taishi.app.evidence_file.checking import check
from taishi.kit import documents
from tests.dashboards.conftest import NOW, Login, Visitor, alert_of


def _draft(desk: Desk) -> str:
    return desk.letters.draft([alert_of(desk, "10.34.0.10").id], "system").id


def _hash(visitor: Visitor, letter: str) -> str:
    found = re.search(r'name="text_hash" value="([0-9a-f]{64})"', visitor.get(f"/letters/{letter}"))
    assert found
    return found[1]


def test_a_letter_is_drafted_approved_and_issued(county: Desk, login: Login) -> None:
    analyst, approver = login("analyst"), login("approver")
    alert = alert_of(county, "10.34.0.10")
    page = analyst.post(f"/alerts/{alert.id}/draft")
    assert "示例县数据资源管理局" in page
    assert "等待审批人批准" in page
    letter = county.letters.list()[0].id
    assert "1 份函件等待审签" in approver.get("/")
    assert "已审签" in approver.post(f"/letters/{letter}/approve", text_hash=_hash(approver, letter))
    assert "示数资函〔2026〕1号" in approver.post(f"/letters/{letter}/issue")
    assert "示数资函〔2026〕1号" in analyst.get(f"/alerts/{alert.id}")
    assert "示数资函〔2026〕1号" in analyst.get("/search?q=〔2026〕1号")


def test_who_drafted_a_letter_does_not_approve_it(county: Desk, login: Login) -> None:
    visitor = login()
    visitor.post(f"/alerts/{alert_of(county, '10.34.0.10').id}/draft")
    letter = county.letters.list()[0].id
    page = visitor.get(f"/letters/{letter}")
    assert "须由另一位审批人审签" in page
    assert f"/letters/{letter}/approve" not in page
    page = visitor.post(f"/letters/{letter}/approve", 409, text_hash=county.letters.text_hash(letter))
    assert "须由另一人审签" in page
    assert county.letters.get(letter).state == "drafted"


def test_a_text_that_changed_since_is_not_approved(county: Desk, login: Login) -> None:
    visitor, letter = login(), _draft(county)
    seen = _hash(visitor, letter)
    other = next(a for a in county.alerts.list(limit=None).alerts if a.verdict.subject == "10.34.0.40")
    login("analyst")
    county.letters.draft([county.letters.get(letter).items[0].alert_id, other.id], "analyst")
    assert "与您看到的不同" in visitor.post(f"/letters/{letter}/approve", 409, text_hash=seen)
    assert county.letters.get(letter).state == "drafted"


def test_an_analyst_does_not_approve(county: Desk, login: Login) -> None:
    visitor, letter = login("analyst"), _draft(county)
    assert f"/letters/{letter}/approve" not in visitor.get(f"/letters/{letter}")
    visitor.post(f"/letters/{letter}/approve", 409, text_hash=county.letters.text_hash(letter))


def test_a_letter_is_withdrawn_with_a_reason(county: Desk, login: Login) -> None:
    visitor, letter = login(), _draft(county)
    visitor.post(f"/letters/{letter}/withdraw", 409, why="")
    assert "写错了单位" in visitor.post(f"/letters/{letter}/withdraw", why="写错了单位")


def test_the_document_has_the_units_name(county: Desk, login: Login) -> None:
    visitor, letter = login(), _draft(county)
    answer = visitor.ask("GET", f"/letters/{letter}/letter.docx")
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    assert "县教育局" in ZipFile(BytesIO(answer.content)).read("word/document.xml").decode()


def test_the_evidence_file_is_taken_from_the_letters_page(
    county: Desk, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "office", lambda: None)
    letter, visitor = _draft(county), login("analyst")
    assert "下载证据包" not in visitor.get(f"/letters/{letter}")
    visitor.post(f"/letters/{letter}/evidence", 409)
    county.letters.approve(letter, "admin", county.letters.text_hash(letter))
    county.letters.issue(letter, "admin")
    assert "下载证据包" in visitor.get(f"/letters/{letter}")
    answer = visitor.ask("POST", f"/letters/{letter}/evidence", data={"csrf": visitor.csrf, "why": "审计"})
    assert answer.headers["content-type"] == "application/zip"
    assert check(answer.content).problems == []
    assert "下载证据包" in login().get("/system/audit")


def test_lists_filter_by_state_and_words(county: Desk, login: Login) -> None:
    visitor, letter = login(), _draft(county)
    assert letter in visitor.get("/letters?state=drafted&text=教育")
    assert letter not in visitor.get("/letters?state=issued")
    assert letter not in visitor.get("/letters?text=没有的")


def test_a_block_says_what_it_cuts_and_that_it_is_a_rehearsal(county: Desk, login: Login) -> None:
    analyst, approver = login("analyst"), login("approver")
    page = analyst.post(f"/alerts/{alert_of(county, '10.34.0.10').id}/propose", address="198.51.100.7")
    assert "现在还没有断开任何连接" in page
    block = county.blocks.list()[0].id
    analyst.post(f"/blocks/{block}/approve", 409)
    page = approver.get(f"/blocks/{block}")
    assert "过去 24 小时有 250 条会话" in page
    assert "涉及 1 个单位：县教育局" in page
    page = approver.post(f"/blocks/{block}/approve", hours="24")
    assert "没有真正断开" in page
    assert county.blocks.get(block).ttl_s == 86_400
    assert "请填写理由" in approver.post(f"/blocks/{block}/lift", 409, why="")
    assert "已解除" in approver.post(f"/blocks/{block}/lift", why="已整改")


def test_a_protected_address_is_refused(county: Desk, login: Login) -> None:
    alert = alert_of(county, "10.34.0.10")
    page = login().post(f"/alerts/{alert.id}/propose", 409, address="127.0.0.1", why="x")
    assert "受保护" in page


def test_a_block_is_rejected(county: Desk, login: Login) -> None:
    visitor = login()
    block = county.blocks.propose(alert_of(county, "10.34.0.10").id, "198.51.100.7", "admin").id
    assert "已驳回" in visitor.post(f"/blocks/{block}/reject", why="业务地址")
    assert block in visitor.get("/blocks?state=rejected")
    assert NOW.year == 2026
