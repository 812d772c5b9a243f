"""The disposal letter's text: golden, and every number recomputed from the items."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.background import Background
from notices.content import text_hash
from notices.letters import Letter, letters
from notices.life.leaving import approve, issue
from notices.texts import Texts
from notices.wording import stamp
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.core.records import LEVEL_NAMES, LEVELS, THREAT_NAMES, THREATS, Block, Bureau, Evidence
from taishi.core.text import Text
from tests.notices.conftest import DRAWN_UP, SEEN


def said(content) -> str:
    return "\n".join(content.texts())


def test_types_are_found_by_themselves() -> None:
    assert letters()["disposal"].name == Text("网络安全风险处置函", "Risk disposal letter")


def issued(letter: Letter, notice: Notice, bureau: Bureau, number: str) -> Notice:
    at = notice.created_at + timedelta(hours=1)
    digest = text_hash(letter.content(notice, bureau))
    approved = approve(notice, by="李某", at=at, text_hash=digest)
    return issue(approved, by="李某", at=at, number=number, text_hash=digest)


@pytest.mark.parametrize(("type_", "number"), [("disposal", "示数资函"), ("advisory", "示数资告函")])
def test_golden(type_: str, number: str, make_item, bureau: Bureau) -> None:
    items = (
        make_item(
            "risk", "low", address="192.0.2.77", asset="门户网站", what="以明文传输登录口令", advice=""
        ),
        make_item(),
        make_item("attempted", "medium", address="192.0.2.40", asset="校园一卡通", what="遭受口令爆破"),
    )
    letter = letters()[type_]
    notice = letter.draft(notice_id="n1", unit="示例县教育局", items=items, at=DRAWN_UP)
    content = letter.content(issued(letter, notice, bureau, f"{number}〔2026〕37号"), bureau)
    golden = Path(__file__).with_name(f"{type_}.golden.txt")
    assert said(content) + "\n" == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("threat", THREATS)
@pytest.mark.parametrize("level", LEVELS)
def test_each_class_and_level_is_explained_and_advised(
    letter, make_notice, make_item, bureau, threat, level
) -> None:
    """Nine texts, each of its own: what it means, then what to do in its order."""
    content = letter.content(make_notice(make_item(threat, level, advice="")), bureau)
    [asked] = [
        each.text
        for each in content.body
        if each.text.startswith(f"（一）192.0.2.25（{THREAT_NAMES[threat].zh}、")
    ]
    others = [Texts().say(f"advice.{t}.{other}.told") for t in THREATS for other in LEVELS]
    assert [told for told in others if told in asked] == [Texts().say(f"advice.{threat}.{level}.told")]
    assert all(step in asked for step in Texts().steps(f"advice.{threat}.{level}.steps"))
    assert "针对192.0.2.25" not in said(content)  # the rule had nothing to add


def test_an_advisory_demands_no_commitment(make_item, bureau: Bureau) -> None:
    advisory = letters()["advisory"]
    notice = advisory.draft(notice_id="n1", unit="示例县教育局", items=(make_item(),), at=DRAWN_UP)
    content = advisory.content(notice, bureau)
    assert [annex.title for annex in content.annexes] == ["网络安全风险清单", "网络安全风险处置报告单"]
    assert "承诺" not in said(content)
    assert "处置要求" not in said(content)
    assert content.number == "示数资告函〔2026〕　　号"


def test_evidence_has_a_hash_of_what_is_stored(letter, make_notice, make_item, bureau) -> None:
    """Of the evidence before anything in it is masked, so that it can be recomputed from the store."""
    item = make_item(evidence=(Evidence("ab" * 16, SEEN, "203.0.113.9 口令=abc"),))
    [row] = letter.content(make_notice(item), bureau).annexes[0].rows
    stored = b'[{"event_id":"' + b"ab" * 16 + b'","time":"2026-05-12T18:14:05Z","summary":"203.0.113.9 '
    assert row[10] == sha256(stored + '口令=abc"}]'.encode()).hexdigest()[:16]


def test_hash_is_of_the_text_without_number_and_date(letter, make_notice, make_item, bureau) -> None:
    notice = make_notice()
    drafted = letter.content(notice, bureau)
    approved = approve(
        notice, by="李某", at=notice.created_at + timedelta(days=1), text_hash=text_hash(drafted)
    )
    issued = issue(
        approved, by="李某", at=notice.created_at + timedelta(days=2), number="示数资函〔2026〕1号"
    )
    final = letter.content(issued, bureau)
    assert text_hash(final) == issued.text_hash
    assert (final.date, final.number) == ("2026年5月21日", "示数资函〔2026〕1号")
    assert drafted.date == "2026年　月　日"
    other = letter.content(make_notice(make_item(count=127)), bureau)
    assert text_hash(other) != issued.text_hash


@given(
    chosen=st.lists(
        st.tuples(
            st.sampled_from(THREATS), st.sampled_from(LEVELS), st.integers(1, 20), st.integers(1, 10**7)
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_number_recomputes_from_the_items(letter, make_notice, make_item, bureau, chosen) -> None:
    items = [make_item(t, level, address=f"192.0.2.{host}", count=n) for t, level, host, n in chosen]
    notice = make_notice(*items)
    content = letter.content(notice, bureau)
    told = content.body[2].text
    for names, counted in (
        (THREAT_NAMES, Counter(item.threat for item in items)),
        (LEVEL_NAMES, Counter(item.level for item in items)),
    ):
        for key, name in names.items():
            found = re.findall(rf"{name.zh}(\d+)项", told)
            assert found == ([str(counted[key])] if counted[key] else [])
    assert f"{len({item.address for item in items})}个地址、{len(items)}项风险" in told
    rows = content.annexes[0].rows
    assert [row[0] for row in rows] == [str(n) for n in range(1, len(items) + 1)]
    assert Counter((row[1], row[7]) for row in rows) == Counter((i.address, str(i.count)) for i in items)
    assert all((row[8], row[9]) == (stamp(items[0].first_seen), stamp(items[0].last_seen)) for row in rows)
    assert "None" not in said(content)


@pytest.mark.parametrize(
    ("threat", "level", "due"),
    [
        ("compromised", "high", "2026年5月25日17时30分"),
        ("compromised", "medium", "2026年5月27日17时30分"),
        ("risk", "high", "2026年6月3日17时30分"),
    ],
)
def test_deadline_by_class_and_level(letter, make_notice, make_item, bureau, threat, level, due) -> None:
    content = letter.content(make_notice(make_item(threat, level)), bureau)
    assert any(f"请于{due}前" in each.text for each in content.body)


def test_worst_item_sets_the_deadline_and_comes_first(letter, make_notice, make_item, bureau) -> None:
    notice = make_notice(make_item("risk", "low", address="192.0.2.9"), make_item("compromised", "medium"))
    assert notice.deadline == datetime(2026, 5, 27, 9, 30, tzinfo=UTC)
    assert letter.content(notice, bureau).annexes[0].rows[0][1] == "192.0.2.25"


def test_unknown_holidays_are_remarked(letter, make_notice, bureau) -> None:
    content = letter.content(make_notice(at=datetime(2098, 12, 30, 2, tzinfo=UTC)), bureau)
    assert any("2099年法定节假日安排尚未载入" in each.text for each in content.body)


def test_others_addresses_are_masked(letter, make_notice, make_item, bureau) -> None:
    item = make_item(what="同时扫描203.0.113.88与198.51.100.7", peers=("198.51.100.7",))
    text = said(letter.content(make_notice(item), bureau))
    assert "203.0.113.88" not in text
    assert "203.0.*.*" in text
    assert "198.51.100.7" in text


def test_only_blocks_that_stood_are_told(letter, make_notice, bureau) -> None:
    notice = make_notice()
    earlier = notice.created_at - timedelta(hours=2)
    block = Block(
        "b1", "192.0.2.25", "边界", Text("矿池", "mining"), "a", 3600, earlier,
        state="applied", dry_run=False, applied_at=earlier,
    )  # fmt: skip
    rehearsed = msgspec.structs.replace(block, dry_run=True)
    foreign = msgspec.structs.replace(block, address="192.0.2.99")
    later = msgspec.structs.replace(block, applied_at=notice.created_at + timedelta(hours=1))
    for false in (rehearsed, foreign, later):
        assert "已采取措施" not in said(letter.content(notice, bureau, Background(blocks=(false,))))
    content = letter.content(notice, bureau, Background(blocks=(block,)))
    assert [each.text for each in content.body if each.kind == "heading"] == [
        "一、风险情况",
        "二、已采取措施",
        "三、处置要求",
    ]
    lifted = msgspec.structs.replace(block, state="lifted", lifted_at=notice.created_at + timedelta(days=1))
    assert text_hash(letter.content(notice, bureau, Background(blocks=(lifted,)))) == text_hash(content)


def test_a_letter_about_nothing_is_refused(letter) -> None:
    with pytest.raises(Refused, match="no items"):
        letter.draft(notice_id="n", unit="示例县教育局", items=(), at=datetime(2026, 5, 20, tzinfo=UTC))
