"""网络安全风险处置函: asks a unit to put right what was seen on its addresses, and to report back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from notices.annexes.findings import findings
from notices.annexes.pledge import pledge
from notices.annexes.report_form import report_form
from notices.background import Background
from notices.content import LetterContent, Paragraph
from notices.drafting import drafted
from notices.framing import framed, number_of
from notices.matter import Matter
from notices.passages import answering, sections
from notices.passages.advised import advised
from notices.passages.seen import opening, seen
from notices.passages.taken import taken
from notices.texts import Texts
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.records import Bureau
from taishi.core.text import Text

NAME = Text("网络安全风险处置函", "Risk disposal letter")
#: What the letter is called in its own head.
TITLE = "关于处置网络安全风险的函"


@dataclass(frozen=True)
class DisposalLetter:
    """The letter type; fits `notices.letters.Letter`."""

    type: str = "disposal"
    name: Text = NAME
    mark: str = ""
    accompanies: bool = False

    def draft(self, *, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime) -> Notice:
        return drafted(self.type, TITLE, notice_id, unit, items, at)

    def content(self, notice: Notice, bureau: Bureau, background: Background | None = None) -> LetterContent:
        known = background or Background()
        matter = Matter.of(notice, known)
        number = number_of(notice, bureau, self.mark)
        annexes = (findings(matter), report_form(matter, number), pledge(bureau, number, notice.title))
        body = tuple(_body(matter, known))
        return framed(notice, bureau, number, body, annexes, quoted=matter.quotations())


def _body(matter: Matter, known: Background) -> Iterator[Paragraph]:
    texts = known.texts
    yield Paragraph("body", opening(matter, texts))
    yield from sections.sections(
        (
            (texts.say("disposal.seen"), tuple(seen(matter, texts))),
            (texts.say("disposal.taken"), tuple(taken(matter, texts))),
            (texts.say("disposal.asked"), tuple(_asked(matter, texts))),
        )
    )
    yield Paragraph("body", texts.say("disposal.closing"))
    for remark in answering.holidays(matter.created_at, matter.deadline, known):
        yield Paragraph("body", remark)
    yield Paragraph("body", texts.say("passages.farewell"))


def _asked(matter: Matter, texts: Texts) -> Iterator[str]:
    yield texts.say("disposal.ask")
    yield from sections.numbered(
        (
            *advised(matter, texts),
            answering.keep_logs(matter.created_at, texts),
            answering.answer("disposal.answer", matter.deadline, texts),
            texts.say("passages.object"),
            texts.say("passages.help"),
        )
    )


LETTER = DisposalLetter()
