"""复核意见: on what proof the bureau, having rechecked a matter, agrees that it is closed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from notices import wording
from notices.about import Earlier, earlier, with_items
from notices.annexes.findings import findings
from notices.background import Background
from notices.content import LetterContent, Paragraph
from notices.drafting import drafted
from notices.framing import framed, number_of
from notices.matter import Matter
from notices.passages import sections
from notices.passages.advised import NAMED
from notices.texts import Texts
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.problems import Refused
from taishi.core.records import Bureau
from taishi.core.text import Text

NAME = Text("网络安全风险处置复核意见", "Recheck opinion")
TITLE = "关于网络安全风险处置情况的复核意见"


@dataclass(frozen=True)
class RecheckOpinion:
    """The letter type; fits `notices.letters.Letter`. Its background has the letter it is about and what was
    found, `findings`."""

    type: str = "recheck"
    name: Text = NAME
    mark: str = "核"
    accompanies: bool = True

    def draft(self, *, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime) -> Notice:
        return drafted(self.type, TITLE, notice_id, unit, items, at)

    def content(self, notice: Notice, bureau: Bureau, background: Background | None = None) -> LetterContent:
        known = background or Background()
        matter, about = Matter.of(with_items(notice, known), known), earlier(notice, known)
        if not known.findings:
            raise Refused(f"paper {notice.id}: says nothing of what was found; recheck the matter first")
        body = tuple(_body(matter, about, known))
        quoted = (about.named, *(each.zh for each in known.findings), *matter.quotations())
        number = number_of(notice, bureau, self.mark)
        return framed(notice, bureau, number, body, (findings(matter),), quoted=quoted)


def _body(matter: Matter, about: Earlier, known: Background) -> Iterator[Paragraph]:
    texts = known.texts
    yield Paragraph("body", _opening(about, texts))
    facts = {
        "项数": str(len(matter.items)),
        "地址": wording.some(matter.addresses, NAMED, "个地址"),
    }
    proof = (matter.mask.quote(each.zh).rstrip("。") for each in known.findings)
    proved = (texts.say("recheck.finding", {"情况": one}) for one in proof)
    found = (texts.say("recheck.items", facts), *proved)
    yield from sections.sections(
        (
            (texts.say("recheck.found"), tuple(sections.numbered(found))),
            (texts.say("recheck.opinion"), tuple(_opinion(matter, texts))),
            (texts.say("recheck.later"), (texts.say("recheck.lasting"),)),
        )
    )
    yield Paragraph("body", texts.say("passages.farewell"))


def _opening(about: Earlier, texts: Texts) -> str:
    if about.answered_at is None:
        return texts.say("recheck.opening", {"原函": about.named})
    facts = {"报送日期": wording.day(about.answered_at), "原函": about.named}
    return texts.say("recheck.opening_answered", facts)


def _opinion(matter: Matter, texts: Texts) -> Iterator[str]:
    yield texts.say("recheck.closed")
    own = dict.fromkeys(block.address for block in matter.blocks if block.unit == matter.unit)
    if own:  # closing lifts these; addresses outside stay blocked until their time is over
        yield texts.say("recheck.block", {"地址": "、".join(own)})


LETTER = RecheckOpinion()
