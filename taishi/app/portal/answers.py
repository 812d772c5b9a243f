"""A unit's answer: filled in bit by bit, papers laid beside it, handed in once with a receipt."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from notices.annexes.pledge import pledge
from notices.answers.checking import problems
from notices.answers.filling import filled
from notices.answers.form import ANSWERED, OTHER, Asked
from notices.answers.writing_habits import moment, written
from notices.content import Annex
from notices.docx import render_annex
from taishi.app.letters import Letters
from taishi.app.loop.actors import UNIT
from taishi.app.loop.desk import Loop
from taishi.app.refusal import Refusal
from taishi.core.clock import ZONE, Clock
from taishi.core.ids import stable_id
from taishi.core.notice_records import Notice, Paper, PaperKind, needed_papers
from taishi.core.portal_records import AnswerDraft, Receipt
from taishi.core.ports import Find, StateStore
from taishi.core.records import Bureau, Unit
from taishi.core.text import Text
from taishi.kit.papers.paper import MEDIA_TYPES, Unfit

#: Papers beside one answer, and characters of one field.
MOST_PAPERS, MOST_WORDS = 12, 4000
#: Characters of a file's own name that are kept.
_NAME = 120
#: Whatever holds no field is no key of one.
_KEYS: Mapping[str, Asked | None] = MappingProxyType({asked.key: asked for asked in ANSWERED} | {OTHER: None})


class Answers:
    """What a clerk does with one letter. The acts on the letter itself are the loop's."""

    def __init__(self, state: StateStore, clock: Clock, letters: Letters, loop: Loop) -> None:
        self._state, self._clock, self._letters, self._loop = state, clock, letters, loop

    def draft(self, notice: Notice) -> AnswerDraft:
        """What is filled in so far."""
        return self._state.get(AnswerDraft, notice.id) or AnswerDraft(notice.id, {}, self._clock.now())

    def save(self, notice: Notice, fields: Mapping[str, str]) -> AnswerDraft:
        """Keeps the fields that are given; unknown ones are passed over. Times and choices that cannot be
        understood are kept as typed, so that nothing typed is lost; the check names them."""
        with self._state.transaction():
            draft = self.draft(notice)
            given = {key: _kept(_KEYS[key], value) for key, value in fields.items() if key in _KEYS}
            draft = replace(draft, fields=draft.fields | given, saved_at=self._clock.now())
            self._state.put(draft)
            return draft

    def attach(self, notice: Notice, kind: PaperKind, name: str, path: Path) -> Paper:
        """Lays a paper beside the answer; the fields of a filled form go into the answer. Raises Refusal."""
        if len(self.draft(notice).papers) >= MOST_PAPERS:
            raise Refusal(
                f"最多只能放 {MOST_PAPERS} 个文件，请先移除不需要的",
                f"at most {MOST_PAPERS} files; remove one first",
            )
        by = actor_of(self._state, notice)
        paper = self._taken(notice, kind, name, path, by)
        with self._state.transaction():
            draft = self.draft(notice)
            others = [one for one in draft.papers if one.id != paper.id and not _replaced(one, paper)]
            fields = draft.fields | {key: value for key, value in paper.fields.items() if key in _KEYS}
            now = self._clock.now()
            self._state.put(replace(draft, papers=(*others, paper), fields=fields, saved_at=now))
            what = f"{paper.kind} {paper.sha256}"
            self._state.decide(now, by, "upload", "notice", notice.id, what, paper.name)
        return paper

    def _taken(self, notice: Notice, kind: PaperKind, name: str, path: Path, by: str) -> Paper:
        try:
            paper = self._loop.papers.take(notice, kind, path, shown_name(name), by, self._clock.now())
        except Unfit as unfit:
            raise Refusal(unfit.text.zh, unfit.text.en) from None
        if kind == "disposal_report" and not paper.fields:
            self._forget(paper)
            raise Refusal(
                "读不出报告单的各栏；请使用本函所附的 .docx 表格，或者在线填写",
                "the form's fields cannot be read; use the .docx form of this letter, or fill it in online",
            )
        return paper

    def detach(self, notice: Notice, paper_id: str) -> None:
        """Takes a paper away again; its bytes go where nothing else needs them."""
        with self._state.transaction():
            draft = self.draft(notice)
            left = tuple(one for one in draft.papers if one.id != paper_id)
            self._state.put(replace(draft, papers=left, saved_at=self._clock.now()))
        for gone in set(draft.papers).difference(left):
            self._forget(gone)

    def _forget(self, paper: Paper) -> None:
        laid = {one.sha256 for draft in self._state.find(AnswerDraft) for one in draft.papers}
        if paper.sha256 not in laid and not self._state.count(Paper, Find(where={"sha256": paper.sha256})):
            self._loop.papers.forget(paper)

    def wrong(self, notice: Notice) -> dict[str, Text]:
        """What is missing in the form, by field."""
        fields = {key: value for key, value in self.draft(notice).fields.items() if value}
        return problems(fields, notice.number or "", notice.unit, self._clock.now())

    def missing(self, notice: Notice) -> Sequence[PaperKind]:
        """Papers that must be there and are not; the report is made of the answer itself."""
        there = {paper.kind for paper in self.draft(notice).papers}
        needed = needed_papers(notice.type)
        return [kind for kind in needed if kind != "disposal_report" and kind not in there]

    def faults(self, notice: Notice) -> Sequence[Text]:
        """What is wrong with papers that are there; what a form lacks is told by field."""
        papers = self.draft(notice).papers
        return [why for one in papers if one.kind != "disposal_report" for why in one.problems]

    def blank(self, notice: Notice, kind: PaperKind) -> bytes:
        """The form of that kind as DOCX, to be printed: the report with what is filled in so far."""
        bureau = self._letters_bureau(notice)
        if kind == "commitment_letter":
            return render_annex(pledge(bureau, notice.number or "", notice.title), notice.unit)
        return render_annex(filled(self._form(notice), self.draft(notice).fields), notice.unit)

    def hand_in(self, notice: Notice) -> tuple[Notice, Receipt]:
        """Everything goes to the bureau: answered where it is complete, else returned with the reasons.

        Raises Refusal where the letter takes no answer now; the draft then stays.
        """
        by, now = actor_of(self._state, notice), self._clock.now()
        body = self.blank(notice, "disposal_report")
        with self._state.transaction():
            papers = tuple(replace(one, received_at=now) for one in self._papers(notice, body, by))
            after = self._loop.answer(notice.id, papers, by)
            year = now.astimezone(ZONE).year
            number = f"HZ{year}-{self._state.next_number(f'receipt-{year}'):05d}"
            receipt = Receipt(number, notice.id, now, by, after.state == "answered", papers)
            self._state.put(receipt, replace(self.draft(notice), papers=(), saved_at=now))
            self._state.decide(now, by, "receipt", "notice", notice.id, number)
            return after, receipt

    def receipts(self, notice: Notice) -> Sequence[Receipt]:
        """Oldest first."""
        return self._state.find(Receipt, Find(where={"notice_id": notice.id}, order="at"))

    def _papers(self, notice: Notice, body: bytes, by: str) -> Iterator[Paper]:
        """The report as it is now, then what lies beside it. An uploaded form that says the same is the
        report itself; one that was changed online since is kept as another paper."""
        draft = self.draft(notice)
        fields = {key: value for key, value in draft.fields.items() if value}
        own = next((one for one in draft.papers if one.kind == "disposal_report"), None)
        same = own is not None and fields == {k: v for k, v in own.fields.items() if k in _KEYS}
        report = own if own is not None and same else self._made(notice, body, by)
        yield replace(report, fields=fields, problems=tuple(self.wrong(notice).values()))
        for one in draft.papers:
            if one is not own:
                yield one
            elif not same:
                yield replace(one, id=stable_id(one.id, "uploaded"), kind="other", problems=())

    def _made(self, notice: Notice, body: bytes, by: str) -> Paper:
        now, media_type = self._clock.now(), MEDIA_TYPES["docx"]
        folder, name = self._loop.papers, "处置报告单（在线填写）.docx"
        made = folder.paper(notice, "disposal_report", name, body, by, now, media_type)
        return replace(made, pages=1)

    def _form(self, notice: Notice) -> Annex:
        """The letter's own report form. Raises Refusal where the letter asks for none."""
        for annex in self._letters.content(notice.id).annexes:
            if annex.kind == "form":
                return annex
        raise Refusal("本函不需要填写报告单", "this letter asks for no report")

    def _letters_bureau(self, notice: Notice) -> Bureau:
        content = self._letters.content(notice.id)
        return Bureau(content.mark, "", "", "")


def actor_of(state: StateStore, notice: Notice) -> str:
    """How a unit's person is named in every act. Raises Refusal where the unit is no longer registered."""
    found = state.find(Unit, Find(where={"name": notice.unit}))
    if not found:
        raise Refusal(
            f"“{notice.unit}”已不在登记册中，请致电函件上的联系人",
            f"{notice.unit} is no longer registered; call the contact named in the letter",
        )
    return f"{UNIT}{found[0].id}"


def _kept(asked: Asked | None, value: str) -> str:
    value = written(value[:MOST_WORDS])
    if asked is None or not value:
        return value
    if asked.kind == "time":
        return moment(value) or value
    return value


def _replaced(old: Paper, new: Paper) -> bool:
    """Of the form and the commitment the last one counts."""
    return old.kind == new.kind != "other"


def shown_name(name: str) -> str:
    """The last part of a file's own name, printable and short: it is shown, never used as a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in last if each.isprintable())[-_NAME:] or "—"
