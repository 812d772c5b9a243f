"""Letters to units: gathered from alerts, approved as exactly one text, numbered without a gap."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC
from functools import partial

import msgspec

from notices import blocked, laws, policy
from notices.background import Background
from notices.content import LetterContent, number_prefix, number_text, text_hash
from notices.docx import render
from notices.letters import Letter, letters
from notices.life import leaving
from notices.measures import Policy, default_policy
from notices.standing import Standing
from notices.texts import Texts
from taishi.app.addressees import of_others, refuse_disowned
from taishi.app.alerts import needed_alert
from taishi.app.blocks import blocks_about
from taishi.app.notice_history import keep_move
from taishi.app.notice_items import items_of, unit_of
from taishi.app.owning import CurrentRegister
from taishi.app.refusal import Refusal, needed_reason, wrong_state
from taishi.app.roles import APPROVE, SYSTEM, TRIAGE, require, require_or_system
from taishi.core.clock import ZONE, Clock
from taishi.core.notice_records import MATTERS, OUTSTANDING, STATE_NAMES, Move, Notice, NoticeState
from taishi.core.ports import Find, StateStore
from taishi.core.problems import Refused
from taishi.core.records import LEVELS, THREATS, Alert, Block, Bureau, Threat
from taishi.core.text import Text
from taishi.kit.documents import convert_each, to_pdf

#: Working days that a paper about a letter gives, where nobody says otherwise.
ANSWER_DAYS = 3

#: What people get of a letter as PDF: of what is set when it is asked for, or what was kept of it.
Press = Callable[[Notice, Callable[[], bytes]], bytes]


class Letters:
    """Every act is one transaction with its audit line, and raises Refused where it is not allowed."""

    def __init__(
        self,
        state: StateStore,
        clock: Clock,
        bureau: Callable[[], Bureau],
        types: Mapping[str, Letter] | None = None,
        measures: Callable[[], Policy] = default_policy,
        texts: Callable[[], Texts] = Texts,
        press: Press = lambda _, pdf: pdf(),
    ) -> None:
        """`bureau` gives who signs as set now, `measures` the policy, `texts` the sentences; `types` are the
        letter types, those found unless given. `press` makes the PDF that people get of the one just set."""
        self._state = state
        self._clock = clock
        self._bureau = bureau
        self._types = letters() if types is None else types
        self._measures = measures
        self._texts = texts
        self._register = CurrentRegister(state)
        self._press = press

    def types(self) -> Mapping[str, Letter]:
        """The letter types by short name."""
        return self._types

    def list(self, state: NoticeState | None = None) -> Sequence[Notice]:
        """Newest first."""
        where = {"state": state} if state else {}
        return self._state.find(Notice, Find(where=where, order="created_at", descending=True))

    def get(self, notice_id: str) -> Notice:
        notice = self._state.get(Notice, notice_id)
        if notice is None:
            raise Refusal(f"没有函件 {notice_id}", f"there is no letter {notice_id}")
        return notice

    def about(self, alert_id: str) -> Sequence[Notice]:
        """The letters that name an alert, oldest first: to whoever owned it then, those withdrawn too."""
        found = self._state.find(Notice, Find(contains={"alerts": alert_id}, order="created_at"))
        return [notice for notice in found if _names(notice, alert_id)]

    def draft(self, alert_ids: Sequence[str], by: str, type: str = "disposal") -> Notice:  # noqa: A002
        """A letter about the alerts, gathered into one of the same type and unit that is still a draft.

        The item of an alert that is in it already is made anew; items of alerts dismissed since go.
        """
        with self._state.transaction():
            actor = require_or_system(self._state, by, *TRIAGE)
            alerts = [needed_alert(self._state, alert_id) for alert_id in dict.fromkeys(alert_ids)]
            unit, letter = unit_of(alerts), self._letter_that(type, accompanies=False)
            for alert in alerts:
                self._refuse_said(alert, type)
            notice = self._gather(letter, unit, alerts, () if actor == SYSTEM else (actor,))
            self._audit(actor, "draft", notice, " ".join(alert.id for alert in alerts))
            return notice

    def draft_about(self, notice_id: str, type: str, by: str, days: int = ANSWER_DAYS) -> Notice:  # noqa: A002
        """A paper about a letter that has left (催办函, 复核意见, 解除封禁告知), due in so many working days.

        One that is still a draft is drawn up anew. It has no items of its own: an event is in one letter.
        """
        with self._state.transaction():
            actor = require_or_system(self._state, by, *TRIAGE)
            letter = self._letter_that(type, accompanies=True)
            about = self._in_state(notice_id, *OUTSTANDING, "closed")
            drafts = Find(where={"unit": about.unit, "type": type, "state": "drafted"})
            old = next((one for one in self._state.find(Notice, drafts) if one.about == about.id), None)
            now = self._clock.now()
            notice = letter.draft(
                notice_id=old.id if old else self._new_id(), unit=about.unit, items=about.items, at=now
            )
            notice = msgspec.structs.replace(
                notice,
                items=(),
                about=about.id,
                deadline=policy.extended(now, days, self._measures()).astimezone(UTC),
                drafted_by=_hands(old, actor),
            )
            self._content(notice)  # what it is about must be there: a proof, a lifted block
            self._audit(actor, "draft", notice, f"{type} about {about.id}")
            return notice

    def papers_about(self, notice_id: str) -> Sequence[Notice]:
        """The papers that belong to a letter, oldest first."""
        return self._state.find(Notice, Find(where={"about": notice_id}, order="created_at"))

    def drop_about(self, notice_id: str, type_: str, by: str, why: str) -> None:
        """Withdraws papers of that type about a letter that have not left: what they say holds no more. Call
        it in the act's transaction."""
        for paper in self.papers_about(notice_id):
            if paper.type == type_ and paper.state in ("drafted", "approved"):
                gone = leaving.withdraw(paper, by=by, at=self._clock.now(), why=why)
                self._audit(by, "withdraw", gone, "withdrawn", why)

    def tell_of(self, block: Block) -> Notice | None:
        """Drafts the unit's letter anew so that it says that its host is blocked.

        None where that is refused: an approved letter then does not leave until it is drafted anew. Where
        the host itself was added to a letter that had left, so is its block.
        """
        told: dict[str, str] = {}
        for alert_id in block.alerts:
            for notice in self.about(alert_id):
                if notice.unit == block.unit and notice.state != "withdrawn":
                    told[alert_id] = notice.type
                    if self._appended(notice, alert_id, block):
                        return notice
        try:
            return self.draft(list(told), SYSTEM, list(told.values())[-1]) if told else None
        except Refused:
            return None

    def _appended(self, notice: Notice, alert_id: str, block: Block) -> bool:
        added = any(item.alert_id == alert_id and item.appended_at for item in notice.items)
        if not added or notice.state not in OUTSTANDING:
            return False
        self._audit(SYSTEM, "append", notice, f"{block.id} {block.address}", f"封禁 block {block.address}")
        return True

    def release(self, alert: Alert) -> None:
        """Drafts that name the alert for another owner or class than it has now lose it."""
        verdict = alert.verdict
        for notice in self.about(alert.id):
            item = next(one for one in notice.items if one.alert_id == alert.id)
            moved = (notice.unit, item.threat) != (verdict.unit, verdict.threat)
            if notice.state == "drafted" and notice.type in MATTERS and moved:
                why = f"{alert.id}: {verdict.unit or '未登记'} {verdict.threat}"
                self._leave(notice, {one.alert_id for one in notice.items} - {alert.id}, SYSTEM, why)

    def retype(self, draft: Notice, type_: str) -> Notice:
        """A draft becomes one of another type: the same matter asks for another letter by now."""
        alerts = [needed_alert(self._state, item.alert_id) for item in draft.items]
        self._leave(draft, (), SYSTEM, f"改为 becomes {type_}")
        return self.draft([one.id for one in alerts if _still(one, draft)], SYSTEM, type_)

    def follow(self, moved: Collection[str], by: str, why: str) -> int:
        """Drafts that name alerts which have another owner now: the alert leaves its letter, and where its
        new owner is known and has no open letter that takes it in comes into a draft to that one. A draft
        with nothing left is withdrawn.

        Gives how many drafts changed.
        """
        changed = 0
        for notice in self._state.find(Notice, Find(where={"state": "drafted"})) if moved else ():
            leaving = [item.alert_id for item in notice.items if item.alert_id in moved]
            if not leaving:
                continue
            self._leave(notice, {item.alert_id for item in notice.items}.difference(leaving), by, why)
            owners: dict[str, list[str]] = defaultdict(list)
            for alert_id in leaving:
                verdict = needed_alert(self._state, alert_id).verdict
                if verdict.unit and self.open_letter(verdict.unit, verdict.threat, notice.type) is None:
                    owners[verdict.unit].append(alert_id)
            for unit in sorted(owners):
                self.draft(owners[unit], SYSTEM, notice.type)
            changed += 1
        return changed

    def _leave(self, notice: Notice, staying: Collection[str], by: str, why: str) -> None:
        """Only alerts that stay are left in a draft."""
        if staying:
            self.draft(sorted(staying), SYSTEM, notice.type)
        else:
            gone = leaving.withdraw(notice, by=by, at=self._clock.now(), why=why)
            self._audit(by, "withdraw", gone, "withdrawn", why)

    def content(self, notice_id: str) -> LetterContent:
        """What the letter says: as it left where it was issued, else as it stands now."""
        return self._content(self.get(notice_id))

    def text_hash(self, notice_id: str) -> str:
        """The hash an approval of the text as it stands now must name."""
        return text_hash(self.content(notice_id))

    def docx(self, notice_id: str) -> bytes:
        return render(self.content(notice_id))

    def pdf(self, notice_id: str) -> bytes:
        """As `press` makes it. Raises Problem where LibreOffice is missing."""
        return self._press(self.get(notice_id), lambda: to_pdf(self.docx(notice_id)))

    def pdfs(self, notice_ids: Sequence[str]) -> Iterator[bytes]:
        """Each in its turn, as `pdf` gives it, many set by one start of LibreOffice."""
        made = convert_each(map(self.docx, notice_ids))
        for notice_id, pdf in zip(notice_ids, made, strict=True):
            yield self._press(self.get(notice_id), partial(getattr, pdf, "content"))

    def approve(self, notice_id: str, by: str, text_hash: str) -> Notice:
        """The named approval of exactly the text with that hash, as pages show it."""
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            notice = self._in_state(notice_id, "drafted")
            self._refuse_stale(notice)
            if person.id in notice.drafted_by:
                raise Refusal(
                    f"函件 {notice_id} 由{person.name}起草，须由另一人审签",
                    f"{person.name} drafted letter {notice_id}; a second person approves it",
                )
            if text_hash != self.text_hash(notice_id):
                raise Refusal(
                    f"函件 {notice_id} 的正文与您看到的不同，请重新查看后再批准",
                    f"the text of letter {notice_id} is not the one you saw; look at it again",
                )
            notice = leaving.approve(notice, by=person.id, at=self._clock.now(), text_hash=text_hash)
            self._audit(person.id, "approve", notice, f"text {text_hash}")
            return notice

    def issue(self, notice_id: str, by: str) -> Notice:
        """Numbers the approved letter and keeps what it says for good."""
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            notice = self._in_state(notice_id, "approved")
            self._refuse_stale(notice)
            self._numbered(notice, person.id, 1)  # whatever refuses does so before a number is taken
            serial = self._state.next_number(f"letter-{self._year()}{self._letter(notice.type).mark}")
            notice, content = self._numbered(notice, person.id, serial)
            self._state.set_setting(_kept(notice_id), msgspec.json.encode(content).decode())
            self._audit(person.id, "issue", notice, notice.number or "")
            return notice

    def withdraw(self, notice_id: str, by: str, why: str) -> Notice:
        """Takes a letter back: a draft by who may draft, any by who may approve. It keeps its number."""
        with self._state.transaction():
            notice = self._in_state(notice_id, "drafted", "approved", *OUTSTANDING)
            person = require(self._state, by, *(TRIAGE if notice.state == "drafted" else ()), *APPROVE)
            notice = leaving.withdraw(notice, by=person.id, at=self._clock.now(), why=needed_reason(why))
            self._audit(person.id, "withdraw", notice, "withdrawn", why)
            return notice

    def _numbered(self, notice: Notice, by: str, serial: int) -> tuple[Notice, LetterContent]:
        """The letter as issued with that number, and what it then says: exactly what was approved."""
        prefix = number_prefix(self._bureau().prefix, self._letter(notice.type).mark)
        number = number_text(prefix, self._year(), serial)
        stands = text_hash(self._content(notice))
        if stands != notice.text_hash:
            raise Refusal(
                f"函件 {notice.id} 的正文与批准时不同，请撤回后重新起草",
                f"letter {notice.id}: its text is no longer the approved one; withdraw it and draft anew",
            )
        issued = leaving.issue(notice, by=by, at=self._clock.now(), number=number, text_hash=stands)
        content = self._content(issued)
        if text_hash(content) != notice.text_hash:
            raise Refusal(
                f"函件 {notice.id} 编号后正文有变", f"the number changes the text of letter {notice.id}"
            )
        return issued, content

    def _year(self) -> int:
        """Letters are numbered by the year in Asia/Shanghai."""
        return self._clock.now().astimezone(ZONE).year

    def _content(self, notice: Notice) -> LetterContent:
        kept = self._state.setting(_kept(notice.id)) if notice.number else None
        if kept:
            return msgspec.json.decode(kept, type=LetterContent)
        return self._letter(notice.type).content(notice, self._bureau(), self.background(notice))

    def background(self, notice: Notice) -> Background:
        """What is known around a letter: whose addresses it must mask, what was blocked, what it is about."""
        about = self.get(notice.about) if notice.about else None
        findings = (about.opinion.words,) if about and about.opinion else ()
        foreign = of_others(self._register.now().register, about or notice)
        blocks = tuple(self._blocks(about or notice))
        return Background(blocks, about, findings, foreign, self._measures().holidays, self._texts())

    def _blocks(self, notice: Notice) -> Sequence[Block]:
        """The blocks of the letter's alerts that really drop something or did."""
        found = blocks_about(self._state, (item.alert_id for item in notice.items), "applied", "lifted")
        return [block for block in found if block.applied_at and not block.dry_run]

    def _gather(self, letter: Letter, unit: str, alerts: Sequence[Alert], by: tuple[str, ...]) -> Notice:
        old = self._draft_for(letter, unit, alerts)
        if old is not None:
            known = {alert.id for alert in alerts}
            kept = [needed_alert(self._state, item.alert_id) for item in old.items]
            left = [one for one in kept if one.id not in known and _still(one, old)]
            hands = tuple(dict.fromkeys((*old.drafted_by, *by)))
            return self._drawn_up(letter, old.id, unit, [*left, *alerts], hands)
        return self._drawn_up(letter, self._new_id(), unit, alerts, by)

    def _new_id(self) -> str:
        year = self._year()
        return f"N-{year}-{self._state.next_number(f'notice-{year}'):06d}"

    def _draft_for(self, letter: Letter, unit: str, alerts: Sequence[Alert]) -> Notice | None:
        """The unit's draft of that type which names one of the alerts, or is about their class."""
        where = {"type": letter.type, "unit": unit, "state": "drafted"}
        found = self._state.find(Notice, Find(where=where, order="created_at"))
        naming = [one for one in found if any(_names(one, alert.id) for alert in alerts)]
        threat = min((alert.verdict.threat for alert in alerts), key=THREATS.index)
        return next(iter([*naming, *(one for one in found if one.threat == threat)]), None)

    def _drawn_up(
        self, letter: Letter, notice_id: str, unit: str, alerts: Sequence[Alert], by: tuple[str, ...]
    ) -> Notice:
        """The letter with the deadline that the policy gives now."""
        now, items = self._clock.now(), items_of(alerts)
        due = policy.deadline(now, items, self._measures()).astimezone(UTC)
        drafted = letter.draft(notice_id=notice_id, unit=unit, items=items, at=now)
        return msgspec.structs.replace(drafted, deadline=due, drafted_by=by)

    def open_letter(self, unit: str, threat: Threat, type_: str) -> Notice | None:
        """The letter about that class that the unit has not closed yet, and that takes in what one of that
        type would be written about now."""
        found = self._state.find(
            Notice, Find(where={"unit": unit, "type": MATTERS, "state": OUTSTANDING}, order="created_at")
        )
        policy_, now = self._measures(), self._clock.now()
        return next((one for one in found if _standing(one).takes_in(threat, type_, now, policy_)), None)

    def _refuse_said(self, alert: Alert, type_: str) -> None:
        """A letter under approval is not changed; and a unit has one open letter of a class: what is new is
        appended to it, unless it is silent about a block of the unit's host."""
        verdict = alert.verdict
        for notice in self.about(alert.id):
            if (notice.type, notice.unit) != (type_, verdict.unit):
                continue
            if notice.state == "approved":
                raise Refusal(
                    f"告警 {alert.id} 已在待发函件 {notice.id} 中，修改前请先撤回该函件",
                    f"alert {alert.id} is in the approved letter {notice.id}; withdraw that first",
                )
            item = next(one for one in notice.items if one.alert_id == alert.id)
            if notice.state not in OUTSTANDING or item.threat != verdict.threat or self._unsaid(notice):
                continue
            if verdict.last_seen <= item.last_seen:
                raise Refusal(
                    f"告警 {alert.id} 已在 {notice.number} 中函告，此后没有新情况",
                    f"alert {alert.id} was told in {notice.number} and nothing is new since",
                )
            raise _to_be_appended(notice, alert)
        standing = self.open_letter(str(verdict.unit), verdict.threat, type_)
        if standing is not None and not self._unsaid(standing):
            raise _to_be_appended(standing, alert)

    def _refuse_stale(self, notice: Notice) -> None:
        """A letter must not leave about what was dismissed or was another unit's, silent about a block of the
        unit's host or telling of one that was lifted, after its own deadline, or citing what has changed."""
        refuse_disowned(self._register.now().register, notice)
        if self._clock.now() >= notice.deadline:
            raise Refusal(
                f"函件 {notice.id} 的整改期限已过，请撤回后重新起草",
                f"letter {notice.id}: its deadline has passed; withdraw it and draft anew",
            )
        if notice.state == "drafted" and laws.changed(notice.created_at, self._clock.now()):
            raise Refusal(
                f"函件 {notice.id} 引用的条文在起草后有变，请重新起草",
                f"letter {notice.id}: an article it cites has changed since it was drafted; draft anew",
            )
        for item in notice.items:
            if needed_alert(self._state, item.alert_id).state == "dismissed":
                raise Refusal(
                    f"函件 {notice.id} 中的告警 {item.alert_id} 已排除，请撤回后重新起草",
                    f"alert {item.alert_id} in letter {notice.id} is dismissed; withdraw it and draft anew",
                )
        for block in self._unsaid(notice):
            raise Refusal(
                f"{block.address} 在函件 {notice.id} 起草后被封禁，请重新起草以写明",
                f"{block.address} was blocked after letter {notice.id} was drafted; draft it anew",
            )
        for block in blocked.standing(notice, self._blocks(notice)):
            if block.state == "lifted":
                raise Refusal(
                    f"函件 {notice.id} 写明封禁的 {block.address} 此后已解除，请重新起草",
                    f"{block.address} is let through since letter {notice.id} said it is blocked; draft anew",
                )

    def _unsaid(self, notice: Notice) -> Sequence[Block]:
        """The standing blocks of a unit's host that came after the letter was drafted."""
        standing = [block for block in self._blocks(notice) if block.unit and block.state == "applied"]
        return [block for block in standing if block.applied_at and block.applied_at > notice.created_at]

    def _in_state(self, notice_id: str, *states: NoticeState) -> Notice:
        notice = self.get(notice_id)
        if notice.state not in states:
            what = Text(f"函件 {notice_id}", f"letter {notice_id}")
            raise wrong_state(what, STATE_NAMES[notice.state], [STATE_NAMES[state] for state in states])
        return notice

    def _letter(self, type_: str) -> Letter:
        letter = self._types.get(type_)
        if letter is None:
            known = "、".join(sorted(self._types))
            raise Refusal(
                f"没有函件类型 {type_}，可用：{known}", f"no letter type {type_}; there are {known}"
            )
        return letter

    def _letter_that(self, type_: str, *, accompanies: bool) -> Letter:
        letter = self._letter(type_)
        if letter.accompanies == accompanies:
            return letter
        name = letter.name
        if accompanies:
            raise Refusal(
                f"{name.zh}因告警而发，请从告警起草", f"a {type_} letter is about alerts; draft it from them"
            )
        raise Refusal(
            f"{name.zh}须针对一份已发函件，请指明该函件", f"a {type_} is about a letter that left; name that"
        )

    def _audit(self, actor: str, move: Move, notice: Notice, result: str, why: str = "") -> None:
        """With its line in the letter's history."""
        keep_move(self._state, self._clock.now(), actor, move, notice, result, why)


def _kept(notice_id: str) -> str:
    """Where the text of an issued letter is kept."""
    return f"letter.{notice_id}"


def _hands(old: Notice | None, actor: str) -> tuple[str, ...]:
    """The people who had a hand in a draft that is drawn up now."""
    before = old.drafted_by if old else ()
    return before if actor == SYSTEM else tuple(dict.fromkeys((*before, actor)))


def _to_be_appended(notice: Notice, alert: Alert) -> Refusal:
    return Refusal(
        f"{notice.unit}的同类事项已有在办函件 {notice.number}，告警 {alert.id} 应追加其中",
        f"{notice.unit} has the open letter {notice.number} of that class; alert {alert.id} is appended"
        " to it",
    )


def _standing(notice: Notice) -> Standing:
    """An open letter as the policy sees it."""
    threat = notice.threat
    level = min((item.level for item in notice.items if item.threat == threat), key=LEVELS.index)
    since = notice.reopened_at or notice.issued_at or notice.created_at
    return Standing(notice.type, threat, level, since)


def _still(alert: Alert, notice: Notice) -> bool:
    """Whether the alert is what the draft says of it: not dismissed, the unit's, of the class told."""
    told = next(item for item in notice.items if item.alert_id == alert.id)
    verdict = alert.verdict
    return alert.state != "dismissed" and (verdict.unit, verdict.threat) == (notice.unit, told.threat)


def _names(notice: Notice, alert_id: str) -> bool:
    return any(item.alert_id == alert_id for item in notice.items)
