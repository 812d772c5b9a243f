"""Letters: about whom, of which alerts, approved as exactly one text, numbered without a gap."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
from docx import Document
from msgspec.structs import replace

from notices.content import text_hash
from taishi.app.refusal import Refusal
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.core.records import Bureau
from taishi.kit.documents import office as libreoffice
from tests.app.conftest import NOW, Office, reason, verdict

FIRST, SECOND = "A-2026-000001", "A-2026-000002"


@pytest.fixture
def desk(office: Office) -> Office:
    office.alerts.record(verdict("192.0.2.5"))
    office.alerts.record(verdict("192.0.2.6", "compromised", "high", rules=("r2",)))
    return office


def approved(desk: Office, alerts: tuple[str, ...] = (FIRST,)) -> Notice:
    notice = desk.letters.draft(alerts, "analyst")
    return desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))


def test_drafted_approved_issued(desk: Office) -> None:
    notice = desk.letters.draft([FIRST, SECOND], "system")
    assert (notice.id, notice.type, notice.unit, notice.state) == (
        "N-2026-000001",
        "disposal",
        "县教育局",
        "drafted",
    )
    assert [item.address for item in notice.items] == ["192.0.2.6", "192.0.2.5"]  # worst first
    notice = desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))
    notice = desk.letters.issue(notice.id, "approver")
    assert (notice.number, notice.issued_by) == ("示数资函〔2026〕1号", "approver")
    content = desk.letters.content(notice.id)
    assert content.number == notice.number
    assert text_hash(content) == notice.text_hash
    acts = [(d.actor, d.action, d.result) for d in desk.state.decisions() if d.object_type == "notice"]
    assert acts == [
        ("system", "draft", f"{FIRST} {SECOND}"),
        ("approver", "approve", f"text {notice.text_hash}"),
        ("approver", "issue", "示数资函〔2026〕1号"),
    ]


def test_an_item_says_the_worst_and_shows_five_lines(office: Office) -> None:
    lines = replace(
        verdict(threat="compromised", level="high"),
        because=(
            reason("mild", "risk", "low", 1, NOW, evidence=4),
            reason("worst", "compromised", "high", 2, NOW, evidence=3),
        ),
    )
    office.alerts.record(lines)
    item = office.letters.draft([FIRST], "analyst").items[0]
    assert (item.what, item.rule, item.advice) == ("发现worst", "规则worst", "处理worst")
    assert [e.event_id for e in item.evidence] == ["worst-0", "worst-1", "worst-2", "mild-0", "mild-1"]
    assert (item.asset, item.peers, item.count) == ("教育门户", ("198.51.100.7",), 3)


def test_gathers_into_the_open_draft_and_renews_items(desk: Office) -> None:
    first = desk.letters.draft([FIRST], "analyst")
    desk.clock.advance(timedelta(hours=1))
    desk.alerts.record(verdict("192.0.2.5", count=77, last=NOW))
    again = desk.letters.draft([SECOND, FIRST], "analyst")
    assert again.id == first.id
    assert [(item.alert_id, item.count) for item in again.items] == [(SECOND, 3), (FIRST, 77)]
    assert len(desk.letters.list()) == 1


def test_dismissed_items_leave_the_draft(desk: Office) -> None:
    desk.letters.draft([FIRST], "analyst")
    desk.alerts.dismiss(FIRST, "analyst", "误报")
    assert [item.alert_id for item in desk.letters.draft([SECOND], "analyst").items] == [SECOND]


def test_what_no_letter_is_drafted_about(desk: Office) -> None:
    desk.alerts.record(verdict("192.0.2.7", unit=None))
    desk.alerts.record(verdict("192.0.2.8", unit="县水利局"))
    desk.alerts.dismiss(SECOND, "analyst", "误报")
    draft = desk.letters.draft
    with pytest.raises(Refused, match=r"192\.0\.2\.7 未登记归属单位，请先在“资产”中登记该地址"):
        draft(["A-2026-000003"], "analyst")
    with pytest.raises(Refused, match="不同单位：县教育局、县水利局"):
        draft([FIRST, "A-2026-000004"], "analyst")
    with pytest.raises(Refused, match="已排除，不能发函"):
        draft([SECOND], "analyst")
    with pytest.raises(Refused, match="至少选择一条告警"):
        draft([], "analyst")
    with pytest.raises(Refused, match="没有告警 A-9"):
        draft(["A-9"], "analyst")
    with pytest.raises(Refused, match="没有函件类型 poem"):
        draft([FIRST], "analyst", type="poem")
    assert desk.letters.list() == []


def test_an_approved_letter_is_not_changed(desk: Office) -> None:
    notice = approved(desk)
    with pytest.raises(Refused, match=f"已在待发函件 {notice.id} 中，修改前请先撤回"):
        desk.letters.draft([FIRST], "analyst")
    assert desk.letters.draft([SECOND], "analyst").id != notice.id
    desk.letters.withdraw(notice.id, "approver", "补充材料")
    assert {item.alert_id for item in desk.letters.draft([SECOND, FIRST], "analyst").items} == {FIRST, SECOND}


def test_a_unit_has_one_open_letter_of_a_class(desk: Office) -> None:
    notice = desk.letters.issue(approved(desk).id, "approver")
    with pytest.raises(Refused, match=f"已在 {notice.number} 中函告"):
        desk.letters.draft([FIRST], "analyst")
    desk.alerts.record(verdict("192.0.2.5", count=9, last=NOW))
    with pytest.raises(Refused, match=f"已有在办函件 {notice.number}，告警 {FIRST} 应追加其中"):
        desk.letters.draft([FIRST], "analyst")
    assert [one.id for one in desk.letters.about(FIRST)] == [notice.id]


def test_approval_is_of_exactly_the_text_that_was_seen(desk: Office) -> None:
    notice = desk.letters.draft([FIRST], "analyst")
    seen = desk.letters.text_hash(notice.id)
    desk.letters.draft([SECOND, FIRST], "analyst")
    with pytest.raises(Refused, match="与您看到的不同，请重新查看"):
        desk.letters.approve(notice.id, "approver", seen)
    assert desk.letters.get(notice.id).state == "drafted"


def test_a_text_changed_since_approval_does_not_leave(desk: Office) -> None:
    notice = approved(desk)
    desk.settings.set_bureau(Bureau("另一县数据局", "示数资函", "王敏", "0000-0000000"), "admin")
    with pytest.raises(Refused):
        desk.letters.issue(notice.id, "approver")
    assert desk.letters.get(notice.id).state == "approved"


def test_an_issued_letter_keeps_its_words(desk: Office) -> None:
    notice = desk.letters.issue(approved(desk).id, "approver")
    said = desk.letters.content(notice.id)
    desk.settings.set_bureau(Bureau("另一县数据局", "另函", "王敏", "0000-0000000"), "admin")
    assert desk.letters.content(notice.id) == said
    desk.letters.withdraw(notice.id, "approver", "发错")
    assert desk.letters.content(notice.id) == said


def test_numbers_have_no_gap_whatever_is_refused(desk: Office) -> None:
    notice = desk.letters.draft([FIRST], "analyst")
    with pytest.raises(Refused):
        desk.letters.issue(notice.id, "approver")  # not approved
    with desk.state.transaction(), pytest.raises(Refused):
        desk.letters.issue(notice.id, "approver")  # nor inside somebody's own transaction
    desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))
    assert desk.letters.issue(notice.id, "approver").number == "示数资函〔2026〕1号"
    desk.clock.advance(timedelta(days=60))  # a new year begins at one again
    assert desk.letters.issue(approved(desk, (SECOND,)).id, "approver").number == "示数资函〔2027〕1号"


def test_a_dismissed_alert_holds_the_letter_back(desk: Office) -> None:
    notice = approved(desk)
    desk.alerts.dismiss(FIRST, "analyst", "误报")
    with pytest.raises(Refused, match=f"{FIRST} 已排除，请撤回后重新起草"):
        desk.letters.issue(notice.id, "approver")


def test_a_block_of_the_units_host_is_said(desk: Office) -> None:
    notice = desk.letters.draft([FIRST], "analyst")
    desk.clock.advance(timedelta(minutes=1))
    block = desk.blocks.propose(FIRST, "192.0.2.5", "analyst")
    desk.blocks.approve(block.id, "approver")
    with pytest.raises(Refused, match="起草后被封禁，请重新起草以写明"):
        desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))
    before = desk.letters.content(notice.id)
    desk.clock.advance(timedelta(minutes=1))
    notice = approved(desk)
    after = desk.letters.content(notice.id)
    assert "封禁" in "".join(after.texts())
    assert "封禁" not in "".join(paragraph.text for paragraph in before.body)


def test_a_letter_does_not_leave_telling_of_a_block_that_was_lifted(desk: Office) -> None:
    desk.letters.draft([FIRST], "analyst")
    block = desk.blocks.approve(desk.blocks.propose(FIRST, "192.0.2.5", "analyst").id, "approver")
    desk.clock.advance(timedelta(minutes=1))
    notice = approved(desk)
    assert "封禁" in "".join(desk.letters.content(notice.id).texts())
    desk.clock.advance(timedelta(minutes=1))
    desk.blocks.lift(block.id, "approver", "误封")
    with pytest.raises(Refused, match=r"写明封禁的 192\.0\.2\.5 此后已解除，请重新起草"):
        desk.letters.issue(notice.id, "approver")


def test_a_block_after_the_letter_left_is_told_in_another(desk: Office) -> None:
    issued = desk.letters.issue(approved(desk).id, "approver")
    desk.clock.advance(timedelta(hours=1))
    block = desk.blocks.propose(FIRST, "192.0.2.5", "analyst")
    block = desk.blocks.approve(block.id, "approver")
    second = desk.letters.tell_of(block)
    assert second is not None
    assert second.id != issued.id
    assert "封禁" in "".join(p.text for p in desk.letters.content(second.id).body)
    assert "封禁" not in "".join(p.text for p in desk.letters.content(issued.id).body)


def test_a_block_after_the_approval_holds_the_letter_back(desk: Office) -> None:
    notice = approved(desk)
    desk.clock.advance(timedelta(hours=1))
    block = desk.blocks.propose(FIRST, "192.0.2.5", "analyst")
    assert desk.letters.tell_of(desk.blocks.approve(block.id, "approver")) is None
    with pytest.raises(Refused, match="起草后被封禁"):
        desk.letters.issue(notice.id, "approver")


def test_refusals_are_in_both_languages(desk: Office) -> None:
    notice = desk.letters.draft([FIRST], "analyst")
    acts = desk.letters

    def said(act: Callable[[], object]) -> str:
        with pytest.raises(Refusal) as refused:
            act()
        return refused.value.text.zh

    assert "状态为“草拟”，须为“已审签、待发”" in said(lambda: acts.issue(notice.id, "approver"))
    seen = acts.text_hash(notice.id)
    acts.approve(notice.id, "approver", seen)
    assert "须为“草拟”" in said(lambda: acts.approve(notice.id, "approver", seen))
    desk.settings.set_bureau(Bureau("另一县数据局", "示数资函", "王敏", "0000-0000000"), "admin")
    assert "正文与批准时不同" in said(lambda: acts.issue(notice.id, "approver"))
    desk.clock.advance(timedelta(days=90))
    assert "整改期限已过" in said(lambda: acts.issue(notice.id, "approver"))
    acts.withdraw(notice.id, "approver", "过期")
    assert "状态为“已撤回”" in said(lambda: acts.withdraw(notice.id, "approver", "再撤"))


def test_a_rehearsed_block_is_not_said(desk: Office) -> None:
    desk.settings.set_enforcer("nftables-dry-run", "admin")
    block = desk.blocks.propose(FIRST, "192.0.2.5", "analyst")
    assert desk.blocks.approve(block.id, "approver").dry_run
    desk.clock.advance(timedelta(minutes=1))
    assert "封禁" not in "".join(p.text for p in desk.letters.content(approved(desk).id).body)


def test_who_may_do_what(desk: Office) -> None:
    for by in ("approver", "auditor", "ghost"):
        with pytest.raises(Refused):
            desk.letters.draft([FIRST], by)
    notice = desk.letters.draft([FIRST], "analyst")
    seen = desk.letters.text_hash(notice.id)
    for by in ("analyst", "auditor", "system"):
        with pytest.raises(Refused, match=r"不能执行此操作|需要角色：审批人"):
            desk.letters.approve(notice.id, by, seen)
    desk.letters.approve(notice.id, "approver", seen)
    for by in ("analyst", "system"):
        with pytest.raises(Refused):
            desk.letters.issue(notice.id, by)
        with pytest.raises(Refused):
            desk.letters.withdraw(notice.id, by, "x")
    with pytest.raises(Refused, match="请填写理由"):
        desk.letters.withdraw(notice.id, "approver", " ")
    with pytest.raises(Refused, match="没有函件 N-1"):
        desk.letters.get("N-1")


def test_a_draft_is_withdrawn_by_who_drafts(desk: Office) -> None:
    notice = desk.letters.draft([FIRST], "analyst")
    assert desk.letters.withdraw(notice.id, "analyst", "重复").withdrawn_why == "重复"
    assert [n.id for n in desk.letters.list("withdrawn")] == [notice.id]


def test_two_approvers_at_once(desk: Office) -> None:
    notice = desk.letters.draft([FIRST], "analyst")
    seen = desk.letters.text_hash(notice.id)

    def act(by: str) -> str:
        try:
            return desk.letters.approve(notice.id, by, seen).approved_by or ""
        except Refused:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(act, ["approver", "admin"]))
    assert answers.count("refused") == 1
    assert desk.letters.get(notice.id).approved_by in answers


def test_docx_is_the_letter(desk: Office) -> None:
    notice = desk.letters.issue(approved(desk).id, "approver")
    text = "\n".join(p.text for p in Document(BytesIO(desk.letters.docx(notice.id))).paragraphs)
    assert "示数资函〔2026〕1号" in text
    assert "县教育局：" in text


@pytest.mark.office
def test_pdf_is_made_of_it(desk: Office) -> None:
    if libreoffice() is None:
        pytest.skip("LibreOffice is not installed")
    assert desk.letters.pdf(approved(desk).id).startswith(b"%PDF")
