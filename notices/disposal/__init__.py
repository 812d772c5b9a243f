"""网络安全风险处置函: asks a unit to put right what was seen on its addresses, and to report back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from notices import policy, wording
from notices.content import LetterContent, number_text
from notices.disposal.annexes import annexes
from notices.disposal.body import body
from notices.disposal.matter import Matter
from notices.lint import lint
from taishi.core.clock import ZONE
from taishi.core.problems import Refused
from taishi.core.records import Block, Bureau, Notice, NoticeItem
from taishi.core.text import Text

NAME = Text("网络安全风险处置函", "Risk disposal letter")
TITLE = "关于处置网络安全风险的函"


@dataclass(frozen=True)
class DisposalLetter:
    """The letter type; fits `notices.letters.Letter`."""

    type: str = "disposal"
    name: Text = NAME

    def draft(self, *, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime) -> Notice:
        if not items:
            raise Refused(f"letter to {unit}: has no items; choose at least one alert")
        return Notice(
            id=notice_id,
            type=self.type,
            unit=unit,
            title=TITLE,
            items=tuple(items),
            created_at=at.astimezone(UTC),
            deadline=policy.deadline(at, items).astimezone(UTC),
        )

    def content(self, notice: Notice, bureau: Bureau, *, blocks: Sequence[Block] = ()) -> LetterContent:
        matter = Matter.of(notice, blocks)
        number = notice.number or number_text(bureau.prefix, _signed(notice).year, None)
        content = LetterContent(
            mark=bureau.name,
            number=number,
            addressee=f"{notice.unit}：",
            title=notice.title,
            body=body(matter),
            annexes=annexes(matter, bureau, number),
            signature=bureau.name,
            date=_date(notice),
            contact=f"（联系人：{bureau.contact}，联系电话：{bureau.phone}）",
        )
        lint(content, quoted=(bureau.name, notice.unit, *matter.quotations()))
        return content


def _signed(notice: Notice) -> datetime:
    """成文日期 is the day of approval by the responsible person (党政机关公文处理工作条例, article 9)."""
    return (notice.approved_at or notice.created_at).astimezone(ZONE)


def _date(notice: Notice) -> str:
    signed = _signed(notice)
    return wording.day(signed) if notice.approved_at else f"{signed.year}年　月　日"


LETTER = DisposalLetter()
