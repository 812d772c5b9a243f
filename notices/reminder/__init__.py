"""催办函: reminds a unit of a letter that it has not answered, with a deadline as date and hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from notices import calendar, wording
from notices.about import Earlier, earlier, with_items
from notices.annexes.findings import findings
from notices.background import Background
from notices.content import LetterContent, Paragraph
from notices.drafting import drafted
from notices.framing import framed, number_of
from notices.matter import Matter
from notices.passages import answering, sections
from notices.passages.advised import NAMED
from notices.texts import Texts
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.records import Bureau
from taishi.core.text import Text

NAME = Text("网络安全风险处置催办函", "Reminder")
TITLE = "关于催办网络安全风险处置工作的函"


@dataclass(frozen=True)
class ReminderLetter:
    """The letter type; fits `notices.letters.Letter`. Its background has the letter it is about."""

    type: str = "reminder"
    name: Text = NAME
    mark: str = "催"
    accompanies: bool = True

    def draft(self, *, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime) -> Notice:
        return drafted(self.type, TITLE, notice_id, unit, items, at)

    def content(self, notice: Notice, bureau: Bureau, background: Background | None = None) -> LetterContent:
        known = background or Background()
        matter, about = Matter.of(with_items(notice, known), known), earlier(notice, known)
        body = tuple(_body(matter, about, known))
        quoted = (about.named, *matter.quotations())
        number = number_of(notice, bureau, self.mark)
        return framed(notice, bureau, number, body, (findings(matter),), quoted=quoted)


def _body(matter: Matter, about: Earlier, known: Background) -> Iterator[Paragraph]:
    texts = known.texts
    yield Paragraph("body", _opening(matter, about, known))
    asked = (
        answering.answer("reminder.answer", matter.deadline, texts),
        texts.say("reminder.extend"),
        *answering.holidays(matter.created_at, matter.deadline, known),
    )
    undone = tuple(_undone(matter, about, texts))
    yield from sections.sections(((texts.say("reminder.open"), undone), (texts.say("reminder.asked"), asked)))
    yield Paragraph("body", texts.say("passages.farewell"))


def _opening(matter: Matter, about: Earlier, known: Background) -> str:
    facts = {
        "发出日期": wording.day(about.issued_at),
        "原函": about.named,
        "原期限": wording.moment(about.deadline),
    }
    if matter.created_at <= about.deadline:
        return known.texts.say("reminder.early", facts)
    late = calendar.working_days(about.deadline, matter.created_at, known.holidays)
    return known.texts.say("reminder.overdue", {**facts, "天数": str(late)})


def _undone(matter: Matter, about: Earlier, texts: Texts) -> Iterator[str]:
    facts = {
        "原函": about.named,
        "项数": str(len(matter.items)),
        "地址": wording.some(matter.addresses, NAMED, "个地址"),
    }
    yield texts.say("reminder.open_items", facts)
    if about.returned:
        yield texts.say("reminder.returned", {"次数": str(about.returned)})


LETTER = ReminderLetter()
