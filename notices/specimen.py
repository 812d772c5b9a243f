"""A made-up letter of each type, so that a bureau sees its sentences in their place before it sets them."""

from datetime import datetime, timedelta

import msgspec

from notices.background import Background
from notices.content import LetterContent, number_text
from notices.letters import Letter
from notices.texts import Texts
from notices.warning import warned
from taishi.core.notice_records import Notice, NoticeItem, WarningFacts
from taishi.core.records import LEVELS, THREATS, Block, Bureau, Evidence
from taishi.core.text import Text

UNIT = "某单位"
#: Addresses of documentation (RFC 5737): nobody's.
_HOST, _OTHER_SIDE = "192.0.2.{n}", "198.51.100.7"
_RULE = Text("（示例）", "(specimen)")
_WARNING = WarningFacts(
    subject="某软件漏洞",
    color="yellow",
    nature="示例性质",
    manner="示例方式",
    scope="示例范围",
    objects="示例对象",
    degree="示例程度",
    measures=("示例措施",),
    authority="某机关授权",
)


def specimen(letter: Letter, bureau: Bureau, texts: Texts, at: datetime) -> LetterContent:
    """One of that type as drawn up at that moment, about one item of each class and level and a block.

    Raises Problem where a sentence is none that a letter may say."""
    items = tuple(_item(n, at) for n in range(len(THREATS) * len(LEVELS)))
    about = _earlier(items, bureau, at)
    ended = _block(at, lifted_at=at - timedelta(hours=1)) if letter.accompanies else _block(at)
    known = Background((ended,), about, (Text("在复核期间未再出现", "quiet"),), texts=texts)
    if letter.type == "warning":
        drafted = warned("specimen", UNIT, _WARNING, at, at + timedelta(days=3))
    else:
        drafted = letter.draft(notice_id="specimen", unit=UNIT, items=items, at=at)
    return letter.content(drafted, bureau, known)


def _item(n: int, at: datetime) -> NoticeItem:
    address, first = _HOST.format(n=n + 1), at - timedelta(days=2)
    return NoticeItem(
        alert_id=f"specimen-{n}",
        address=address,
        asset="某系统",
        threat=THREATS[n // len(LEVELS)],
        level=LEVELS[n % len(LEVELS)],
        what=f"示例情况{n + 1}",
        rule=_RULE.zh,
        peers=(_OTHER_SIDE,),
        count=n + 1,
        first_seen=first,
        last_seen=at - timedelta(days=1),
        evidence=(Evidence(f"{n:032x}", first, f"{address} → {_OTHER_SIDE}:443"),),
        advice="",
    )


def _earlier(items: tuple[NoticeItem, ...], bureau: Bureau, at: datetime) -> Notice:
    """The letter that papers are about: sent, and overdue by a day."""
    return Notice(
        id="specimen-1",
        type="disposal",
        unit=UNIT,
        title="关于处置网络安全风险的函",
        items=items,
        created_at=at - timedelta(days=10),
        deadline=at - timedelta(days=1),
        state="rectifying",
        number=number_text(bureau.prefix, at.year, 1),
        issued_at=at - timedelta(days=10),
    )


def _block(at: datetime, lifted_at: datetime | None = None) -> Block:
    applied = at - timedelta(days=3)
    block = Block("specimen", _HOST.format(n=1), "unit", _RULE, "specimen-0", 86_400, applied, unit=UNIT)
    return msgspec.structs.replace(
        block,
        state="lifted" if lifted_at else "applied",
        dry_run=False,
        applied_at=applied,
        lifted_at=lifted_at,
    )
