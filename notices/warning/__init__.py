"""预警通报: warns a unit of a danger by its seven facts; without an authorisation to warn it is a 提示."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from notices.background import Background
from notices.content import LetterContent, Paragraph
from notices.framing import framed, number_of
from notices.passages import answering, sections
from notices.texts import Texts
from notices.warning.facts import COLORS
from taishi.core.notice_records import Notice, NoticeItem, WarningFacts
from taishi.core.problems import Refused
from taishi.core.records import Bureau
from taishi.core.text import Text

NAME = Text("网络安全预警通报", "Warning")


def warned(notice_id: str, unit: str, facts: WarningFacts, at: datetime, deadline: datetime) -> Notice:
    """A new warning; its unit tells by the deadline what it found."""
    color = COLORS[facts.color]
    kind = f"网络安全{color}预警通报" if facts.authority else "网络安全风险提示"
    return Notice(
        id=notice_id,
        type=LETTER.type,
        unit=unit,
        title=f"关于{facts.subject}的{kind}",
        items=(),
        created_at=at.astimezone(UTC),
        deadline=deadline.astimezone(UTC),
        warning=facts,
    )


@dataclass(frozen=True)
class WarningLetter:
    """The letter type; fits `notices.letters.Letter`. It is about facts, not about what was seen."""

    type: str = "warning"
    name: Text = NAME
    mark: str = "警"
    accompanies: bool = False

    def draft(
        self,
        *,
        notice_id: str,
        unit: str,
        items: Sequence[NoticeItem],  # noqa: ARG002 - as every type
        at: datetime,  # noqa: ARG002
    ) -> Notice:
        raise Refused(f"warning {notice_id} to {unit}: is drafted from its facts (`taishi notice warn`)")

    def content(self, notice: Notice, bureau: Bureau, background: Background | None = None) -> LetterContent:
        known = background or Background()
        if notice.warning is None:
            raise Refused(f"warning {notice.id}: has no facts; draft it anew")
        body = tuple(_body(notice, notice.warning, known))
        return framed(notice, bureau, number_of(notice, bureau, self.mark), body)


def _body(notice: Notice, facts: WarningFacts, known: Background) -> Iterator[Paragraph]:
    texts = known.texts
    yield Paragraph("body", _opening(facts, texts))
    asked = (
        answering.answer("warning.answer", notice.deadline, texts),
        *answering.holidays(notice.created_at, notice.deadline, known),
    )
    yield from sections.sections(
        (
            (texts.say("warning.facts"), tuple(sections.numbered(_facts(facts, texts)))),
            (texts.say("warning.measures"), tuple(sections.numbered(_measures(facts, texts)))),
            (texts.say("warning.asked"), asked),
        )
    )
    yield Paragraph("body", texts.say("warning.farewell"))


def _opening(facts: WarningFacts, texts: Texts) -> str:
    if not facts.authority:
        return texts.say("warning.hint")
    return texts.say("warning.authorised", {"授权": facts.authority, "颜色": COLORS[facts.color]})


def _facts(facts: WarningFacts, texts: Texts) -> Iterator[str]:
    if facts.authority:  # only who may warn has levels of warnings
        yield texts.say("warning.level", {"内容": COLORS[facts.color]})
    for key in ("nature", "manner", "scope", "objects", "degree"):
        yield texts.say(f"warning.{key}", {"内容": getattr(facts, key).rstrip("。")})


def _measures(facts: WarningFacts, texts: Texts) -> Iterator[str]:
    for measure in facts.measures:
        yield texts.say("warning.measure", {"内容": measure.rstrip("。")})


LETTER = WarningLetter()
