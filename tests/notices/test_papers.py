"""Papers about a letter that has left: reminder, recheck opinion, notice of lifted blocks."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from notices.background import Background
from notices.content import LetterContent
from notices.letters import letters
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.core.records import Block, Bureau
from taishi.core.text import Text
from tests.notices.conftest import DRAWN_UP

UNIT, NUMBER = "示例县教育局", "示数资函〔2026〕37号"
#: 2026-05-28 10:00 in Asia/Shanghai, three working days after the letter was due.
LATER = datetime(2026, 5, 28, 2, 0, tzinfo=UTC)
QUIET = Text("自2026年5月20日至2026年5月27日未再出现", "quiet")


@pytest.fixture
def about(make_notice, make_item) -> Notice:
    made = make_notice(make_item(), make_item("risk", "high", address="192.0.2.77"))
    return replace(made, state="rectifying", number=NUMBER, issued_at=DRAWN_UP + timedelta(hours=1))


def write(
    type_: str, about: Notice, bureau: Bureau, background: Background, at: datetime = LATER
) -> LetterContent:
    letter = letters()[type_]
    notice = letter.draft(notice_id="p1", unit=about.unit, items=about.items, at=at)
    return letter.content(replace(notice, items=(), about=about.id), bureau, background)


def body(content: LetterContent) -> list[str]:
    return [each.text for each in content.body]


def block(address: str, unit: str | None = UNIT, **changes: object) -> Block:
    at = DRAWN_UP + timedelta(hours=2)
    made = Block(
        address, address, "边界", Text("矿池", "mining"), "a", 3600, DRAWN_UP,
        unit=unit, state="applied", dry_run=False, applied_at=at,
    )  # fmt: skip
    return replace(made, **changes)


def test_a_reminder_names_the_letter_its_deadline_and_how_late_it_is(about: Notice, bureau: Bureau) -> None:
    content = write("reminder", about, bureau, Background(about=replace(about, returned=1)))
    assert content.number == "示数资催函〔2026〕　　号"
    assert body(content) == [
        "我局于2026年5月20日印发《关于处置网络安全风险的函》（示数资函〔2026〕37号），请你单位于2026年5月25日17时30分前反馈处置情况。"
        "截至目前，我局尚未收到你单位的完整反馈材料，已超过期限3个工作日，现予催办。",
        "一、尚未完成的事项",
        "《关于处置网络安全风险的函》（示数资函〔2026〕37号）所列2项风险，涉及192.0.2.25、192.0.2.77，详见附件1。",
        "你单位报送的材料不完整，已退回补正1次，尚未重新报送。",
        "二、有关要求",
        "请于2026年6月2日17时30分前完成处置，填写原函所附反馈材料，加盖公章后反馈我局。",
        "确实不能按期完成的，请在上述期限前书面说明原因和计划完成时间；已经反馈的，请与我局联系人核对。",
        "特此函告。",
    ]
    assert [row[1] for row in content.annexes[0].rows] == ["192.0.2.25", "192.0.2.77"]


def test_before_the_deadline_it_only_reminds(about: Notice, bureau: Bureau) -> None:
    content = write("reminder", about, bureau, Background(about=about), at=DRAWN_UP + timedelta(days=2))
    assert "期限将至" in body(content)[0]
    assert "超过期限" not in body(content)[0]


def test_an_opinion_says_what_was_found_and_which_block_will_end(about: Notice, bureau: Bureau) -> None:
    """The address outside stays blocked until its time is over: the opinion promises nothing about it."""
    known = Background(
        (block("192.0.2.25"), block("198.51.100.7", None)),
        replace(about, answered_at=DRAWN_UP + timedelta(days=1)),
        (QUIET,),
    )
    content = write("recheck", about, bureau, known)
    assert content.number == "示数资核函〔2026〕　　号"
    assert body(content)[0].startswith("你单位于2026年5月21日报送的关于《关于处置网络安全风险的函》")
    assert body(content)[1:7] == [
        "一、复核情况",
        "（一）本次复核2项风险，涉及192.0.2.25、192.0.2.77，详见附件1。",
        "（二）自2026年5月20日至2026年5月27日未再出现。",
        "二、复核意见",
        "经复核，上述风险已处置到位，同意销号。",
        "对192.0.2.25实施的封禁将予以解除，解除后另行告知。",
    ]


def test_findings_do_not_tell_of_others(about: Notice, bureau: Bureau) -> None:
    known = Background(about=about, findings=(Text("复测ip是10.10.101.4，口令=abc", "-"),))
    told = "\n".join(body(write("recheck", about, bureau, known)))
    assert "复测ip是10.10.*.*，口令=***" in told


def test_a_lifting_names_blocks_that_ended_and_no_other(about: Notice, bureau: Bureau) -> None:
    end = LATER - timedelta(hours=1)
    ended = block("192.0.2.25", state="lifted", lifted_at=end)
    known = Background(
        (
            ended,
            block("192.0.2.77"),  # still stands
            block("198.51.100.7", None, state="lifted", lifted_at=end, dry_run=True),  # dropped nothing
            block("192.0.2.99", state="lifted", lifted_at=end),  # of another matter
        ),
        about,
    )
    content = write("lifting", about, bureau, known)
    assert content.number == "示数资解函〔2026〕　　号"
    assert body(content)[1:3] == [
        "一、解除情况",
        "192.0.2.25：2026年5月20日12时00分实施封禁，2026年5月28日9时00分解除，在电子政务外网的通信已恢复。",
    ]
    told = "\n".join(body(content))
    assert not any(address in told for address in ("192.0.2.77", "198.51.100.7", "192.0.2.99"))


@pytest.mark.parametrize(
    ("type_", "background", "why"),
    [
        ("reminder", Background(), "name the letter"),
        ("recheck", Background(), "name the letter"),
        ("lifting", Background(), "name the letter"),
        ("recheck", "about", "recheck the matter first"),
        ("lifting", "about", "lift it first"),
    ],
)
def test_what_it_is_about_must_be_there(
    about: Notice, bureau: Bureau, type_: str, background, why: str
) -> None:
    known = Background(about=about) if background == "about" else background
    with pytest.raises(Refused, match=why):
        write(type_, about, bureau, known)


def test_a_letter_that_never_left_and_another_units_are_refused(about: Notice, bureau: Bureau) -> None:
    with pytest.raises(Refused, match="has not left"):
        write("reminder", about, bureau, Background(about=replace(about, number=None)))
    with pytest.raises(Refused, match="示例县水利局"):
        write("reminder", about, bureau, Background(about=replace(about, unit="示例县水利局")))
