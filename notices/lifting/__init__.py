"""解除封禁告知: tells a unit which blocks have ended and when, each as a device confirmed it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from notices import wording
from notices.about import Earlier, earlier, with_items
from notices.background import Background
from notices.blocked import lifted
from notices.content import LetterContent, Paragraph
from notices.drafting import drafted
from notices.framing import framed, number_of
from notices.passages import sections
from notices.texts import Texts
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.problems import Refused
from taishi.core.records import Block, Bureau
from taishi.core.text import Text

NAME = Text("解除封禁告知函", "Notice of lifted blocks")
TITLE = "关于解除网络封禁的告知函"


@dataclass(frozen=True)
class LiftingLetter:
    """The letter type; fits `notices.letters.Letter`. Its background has the letter it is about, and
    the blocks."""

    type: str = "lifting"
    name: Text = NAME
    mark: str = "解"
    accompanies: bool = True

    def draft(self, *, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime) -> Notice:
        return drafted(self.type, TITLE, notice_id, unit, items, at)

    def content(self, notice: Notice, bureau: Bureau, background: Background | None = None) -> LetterContent:
        known = background or Background()
        about, ended = earlier(notice, known), lifted(with_items(notice, known), known.blocks)
        if not ended:
            raise Refused(f"paper {notice.id}: no block of letter {about.number} has ended; lift it first")
        body = tuple(_body(about, ended, known.texts))
        return framed(notice, bureau, number_of(notice, bureau, self.mark), body, quoted=(about.named,))


def _body(about: Earlier, ended: Sequence[Block], texts: Texts) -> Iterator[Paragraph]:
    yield Paragraph("body", texts.say("lifting.opening", {"原函": about.named}))
    advised = sections.numbered((texts.say("lifting.check"), texts.say("lifting.lasting")))
    yield from sections.sections(
        (
            (texts.say("lifting.ended"), tuple(_told(block, texts) for block in ended)),
            (texts.say("lifting.advised"), tuple(advised)),
        )
    )
    yield Paragraph("body", texts.say("passages.farewell"))


def _told(block: Block, texts: Texts) -> str:
    applied, ended = block.applied_at or block.created_at, block.lifted_at or block.created_at
    facts = {"地址": block.address, "实施时间": wording.moment(applied), "解除时间": wording.moment(ended)}
    return texts.say("lifting.block", facts)


LETTER = LiftingLetter()
