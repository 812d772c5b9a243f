"""What every letter has around its own text: mark, number, addressee, signature, contact; and the lint."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from notices import wording
from notices.content import Annex, LetterContent, Paragraph, number_prefix, number_text
from notices.lint import lint
from taishi.core.clock import ZONE
from taishi.core.notice_records import Notice
from taishi.core.records import Bureau


def framed(
    notice: Notice,
    bureau: Bureau,
    number: str,
    body: Sequence[Paragraph],
    annexes: Sequence[Annex] = (),
    *,
    quoted: Iterable[str] = (),
) -> LetterContent:
    """The whole letter. `quoted` are names and observations in it: not our wording. Raises Problem where the
    lint refuses it."""
    content = LetterContent(
        mark=bureau.name,
        number=number,
        addressee=f"{notice.unit}：",
        title=notice.title,
        body=tuple(body),
        annexes=tuple(annexes),
        signature=bureau.name,
        date=_date(notice),
        contact=f"（联系人：{bureau.contact}，联系电话：{bureau.phone}）",
    )
    lint(content, quoted=(bureau.name, notice.unit, *quoted))
    return content


def number_of(notice: Notice, bureau: Bureau, mark: str) -> str:
    """Its number, or room for one where it has none yet. `mark` is the type's character in the prefix."""
    return notice.number or number_text(number_prefix(bureau.prefix, mark), _signed(notice).year, None)


def _signed(notice: Notice) -> datetime:
    """成文日期 is the day of approval by the responsible person (党政机关公文处理工作条例, article 9)."""
    return (notice.approved_at or notice.created_at).astimezone(ZONE)


def _date(notice: Notice) -> str:
    signed = _signed(notice)
    return wording.day(signed) if notice.approved_at else f"{signed.year}年　月　日"
