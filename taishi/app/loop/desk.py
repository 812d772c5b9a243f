"""What is done with a letter once it has left. Every act is one transaction with its line in the history."""

from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path

from msgspec.structs import replace

from notices import policy
from notices.life import answering, closing, leaving
from notices.measures import Policy
from taishi.app.alerts import Alerts, needed_alert
from taishi.app.blocks import Blocks
from taishi.app.loop.actors import acting, is_unit
from taishi.app.loop.acts import KEEPS, Acts
from taishi.app.loop.closure import Closure
from taishi.app.loop.contacts import contacts_of
from taishi.app.loop.growing import Growing
from taishi.app.loop.limits import Limits
from taishi.app.loop.papers import PaperFolder, lacking, papers_of
from taishi.app.loop.reminding import Reminding
from taishi.app.loop.statistics import LoopStatistics, loop_statistics
from taishi.app.notice_history import history
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import APPROVE
from taishi.app.sensor_lives import SensorLives
from taishi.app.settings import Settings
from taishi.app.window import Window
from taishi.core.clock import ZONE
from taishi.core.notice_records import Notice, NoticeStep, Paper
from taishi.core.ports import EventStore
from taishi.core.records import Contact
from taishi.core.text import Text


class Loop:
    """Raises Refusal, and changes nothing, where an act is not allowed.

    `by` is a person's id, `system`, or for what a unit does itself by the portal `unit:` and its id.
    """

    def __init__(
        self,
        acts: Acts,
        alerts: Alerts,
        papers: PaperFolder,
        growing: Growing,
        closure: Closure,
        reminding: Reminding,
        limits: Callable[[], Limits],
        measures: Callable[[], Policy],
    ) -> None:
        """`papers` keeps the bytes; `limits` and the policy (`measures`) are as set now."""
        self._acts, self._state, self._clock = acts, acts.state, acts.clock
        self._alerts, self._limits, self._measures = alerts, limits, measures
        self.papers = papers
        self.absorb, self.follow, self.reopen = growing.absorb, growing.follow, growing.reopen
        self.recheck, self.close, self.resume = closure.recheck, closure.close, closure.resume
        self.blocks_of = closure.blocks_of
        self.remind, self.overdue, self.bounce = reminding.remind, reminding.overdue, reminding.bounce

    def history(self, notice_id: str) -> Sequence[NoticeStep]:
        """Every move, oldest first."""
        return history(self._state, notice_id)

    def papers_of(self, notice_id: str) -> Sequence[Paper]:
        """What the unit sent, in the order it came."""
        return papers_of(self._state, notice_id)

    def contacts_of(self, notice: Notice) -> Sequence[Contact]:
        """Who is to be told of the letter, whom first before the others."""
        return contacts_of(self._state, notice)

    def stats(self, window: Window | None = None) -> LoopStatistics:
        """The letters issued in the window (None: ever), as they are now."""
        return loop_statistics(self._state, self._clock.now(), window)

    def receive(self, notice_id: str, by: str, why: str = "") -> Notice:
        """签收: the unit has it. `why` says who signed, or how that is known."""
        with self._state.transaction():
            notice, actor = self._acts.may(notice_id, "receive", by, *KEEPS)
            notice = answering.receive(notice, by=actor, at=self._clock.now())
            return self._acts.keep(notice, "receive", actor, why.strip())

    def start(self, notice_id: str, by: str) -> Notice:
        """整改中."""
        with self._state.transaction():
            notice, actor = self._acts.may(notice_id, "start", by, *KEEPS)
            return self._acts.keep(answering.start(notice, by=actor, at=self._clock.now()), "start", actor)

    def file(self, notice_id: str, papers: Sequence[Paper], by: str) -> Notice:
        """Puts papers to the letter without handing in an answer; the letter stays where it is."""
        with self._state.transaction():
            notice = self._acts.letters.get(notice_id)
            actor = acting(self._state, notice, by, *KEEPS)
            if notice.issued_at is None:
                raise Refusal(f"函件 {notice_id} 尚未发出", f"letter {notice_id} has not left yet")
            self._put_papers(notice, papers, actor)
            return notice

    def answer(self, notice_id: str, papers: Sequence[Paper], by: str) -> Notice:
        """报送: with what was filed before. Complete, it waits for the recheck; else it goes back with the
        reasons, and the letter stays open."""
        with self._state.transaction():
            notice, actor = self._acts.may(notice_id, "answer", by, *KEEPS)
            self._put_papers(notice, papers, actor)
            reasons = self.lacking(notice)
            if reasons:
                notice = answering.return_(notice, by=actor, at=self._clock.now())
                why = Text("；".join(one.zh for one in reasons), "; ".join(one.en for one in reasons))
                return self._acts.keep(notice, "return", actor, f"{why.zh} / {why.en}")
            self._acts.letters.drop_about(notice_id, "reminder", actor, "已报送材料 answered meanwhile")
            notice = answering.answer(notice, by=actor, at=self._clock.now())
            return self._acts.keep(notice, "answer", actor)

    def lacking(self, notice: Notice) -> Sequence[Text]:
        """Why the papers that are in make no complete answer; nothing where they do."""
        return lacking(notice, self.papers_of(notice.id))

    def return_(self, notice_id: str, by: str, why: str) -> Notice:
        """退回 by staff who looked at the papers: they are to be sent anew."""
        with self._state.transaction():
            notice, actor = self._acts.staff(notice_id, "return", by, *KEEPS)
            why = needed_reason(why)
            for paper in self.papers_of(notice_id):
                if not paper.problems:
                    self._state.put(replace(paper, problems=(Text(why, why),)))
            notice = answering.return_(notice, by=actor, at=self._clock.now())
            return self._acts.keep(notice, "return", actor, why)

    def extend(self, notice_id: str, by: str, why: str, days: int) -> Notice:
        """延期 by so many working days. A unit asks for it; an approver grants it, asked or not."""
        why = needed_reason(why)
        with self._state.transaction():
            if is_unit(by):
                notice, actor = self._acts.may(notice_id, "ask", by)
                self._refuse_too_long(notice, days)
                notice = answering.ask(notice, by=actor, at=self._clock.now(), why=why, days=days)
                return self._acts.keep(notice, "ask", actor, f"{days}: {why}")
            notice, actor = self._acts.staff(notice_id, "extend", by, *APPROVE)
            self._refuse_too_long(notice, days)
            due = policy.extended(notice.deadline, days, self._measures()).astimezone(UTC)
            notice = answering.extend(
                notice, by=actor, at=self._clock.now(), why=why, days=days, deadline=due
            )
            return self._acts.keep(notice, "extend", actor, f"{due.astimezone(ZONE):%Y-%m-%d %H:%M}: {why}")

    def _refuse_too_long(self, notice: Notice, days: int) -> None:
        most = self._limits().extension_days - sum(one.days for one in notice.extensions)
        if not 0 < days <= most:
            raise Refusal(
                f"函件 {notice.id} 最多还可延期 {most} 个工作日，不能延期 {days} 个",
                f"letter {notice.id} can be extended by {most} working days at the most, not by {days}",
            )

    def object(self, notice_id: str, by: str, why: str, alert_id: str | None = None) -> Notice:
        """异议: the unit says that one alert of the letter, or all it says, is not so."""
        why = needed_reason(why)
        with self._state.transaction():
            notice, actor = self._acts.may(notice_id, "object", by, *KEEPS)
            if alert_id is not None and alert_id not in {item.alert_id for item in notice.items}:
                raise Refusal(
                    f"告警 {alert_id} 不在函件 {notice_id} 中",
                    f"alert {alert_id} is not in letter {notice_id}",
                )
            if notice.objection is not None and notice.objection.accepted is None:
                raise Refusal(
                    f"函件 {notice_id} 已有待处理的异议", f"letter {notice_id} has an objection that waits"
                )
            notice = answering.object_(notice, by=actor, at=self._clock.now(), why=why, alert_id=alert_id)
            return self._acts.keep(notice, "object", actor, why)

    def settle(self, notice_id: str, by: str, accepted: bool, why: str) -> Notice:
        """The objection is right: its alerts are dismissed and leave the letter, which is withdrawn where
        nothing is left. Or it is not, and the letter goes on."""
        why = needed_reason(why)
        with self._state.transaction():
            notice, actor = self._acts.staff(notice_id, "settle", by, *APPROVE)
            said = notice.objection
            if said is None or said.accepted is not None:
                raise Refusal(
                    f"函件 {notice_id} 没有待处理的异议", f"letter {notice_id} has no objection that waits"
                )
            now = self._clock.now()
            notice = answering.settle(notice, by=actor, at=now, accepted=accepted, why=why)
            wrong = [item.alert_id for item in notice.items if said.alert_id in (None, item.alert_id)]
            if not accepted:
                return self._acts.keep(notice, "settle", actor, why)
            for alert_id in wrong:
                alert = needed_alert(self._state, alert_id)
                if alert.state != "dismissed":
                    self._alerts.disprove(alert, actor, why)
            if len(wrong) == len(notice.items):
                return self._acts.keep(
                    leaving.withdraw(notice, by=actor, at=now, why=why), "withdraw", actor, why
                )
            return self._acts.keep(closing.without(notice, wrong), "settle", actor, why)

    def _put_papers(self, notice: Notice, papers: Sequence[Paper], actor: str) -> None:
        for paper in papers:
            if paper.notice_id != notice.id:
                raise Refusal(
                    f"材料 {paper.name} 不属于函件 {notice.id}",
                    f"paper {paper.name} does not belong to letter {notice.id}",
                )
            self._state.put(paper)
            what = f"{paper.kind} {paper.sha256}"
            self._state.decide(self._clock.now(), actor, "file", "notice", notice.id, what, paper.name)


def open_loop(
    acts: Acts, alerts: Alerts, blocks: Blocks, events: EventStore, settings: Settings, papers: Path
) -> Loop:
    """The loop over a desk's services; `papers` is the folder for what units send."""
    growing = Growing(acts, settings.policy, settings.limits)
    lives = SensorLives(acts.state, acts.clock)
    closure = Closure(acts, growing, alerts, blocks, events, lives, settings.limits)
    reminding, folder = Reminding(acts, settings.policy), PaperFolder(papers)
    return Loop(acts, alerts, folder, growing, closure, reminding, settings.limits, settings.policy)
