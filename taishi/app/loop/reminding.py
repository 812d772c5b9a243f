"""催办: units are reminded in time, and what does not reach them goes to the next contact."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from notices.life import closing
from notices.measures import Policy
from notices.reminding import stage_at
from taishi.app.loop.acts import KEEPS, Acts
from taishi.app.loop.contacts import contacts_of, reached_by, superiors_of
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import SYSTEM
from taishi.core.notice_records import MATTERS, UNANSWERED, Bounce, Notice, Reminder, Stage
from taishi.core.ports import Find
from taishi.core.records import Contact

#: Before the deadline and on its day a word is enough; in these a 催办函 goes out.
_LATE: tuple[Stage, ...] = ("after", "escalated")


class Reminding:
    """Acts of the system, and bounces that staff enter."""

    def __init__(self, acts: Acts, policy: Callable[[], Policy]) -> None:
        """`policy` as set now: its holidays count."""
        self._acts, self._policy = acts, policy

    def overdue(self) -> Sequence[Notice]:
        """Letters without an answer whose deadline is past, the oldest deadline first."""
        now = self._acts.clock.now()
        return [notice for notice in self._unanswered() if notice.overdue(now)]

    def remind(self) -> Sequence[Notice]:
        """Everybody who is due to be reminded now, each stage of each deadline once, and gives their letters.
        After the deadline a 催办函 is drafted, which an approver looks at and issues.
        After a kill the next run goes on with those that are left."""
        return [
            reminded for notice in self._unanswered() if (reminded := self._remind(notice.id)) is not None
        ]

    def bounce(self, notice_id: str, by: str, why: str, to: str | None = None) -> Notice:
        """退信: it did not reach that contact (an address or telephone; None: the one whose turn it is). The
        next one is told. Raises Refusal where nobody is left."""
        why = needed_reason(why)
        with self._acts.state.transaction():
            notice, actor = self._acts.staff(notice_id, "bounce", by, *KEEPS)
            left = contacts_of(self._acts.state, notice)
            to = to or (reached_by(left[0]) if left else None)
            if to is None:
                raise Refusal(
                    f"{notice.unit}没有可联系的人，请先在“资产”中补充联系人",
                    f"{notice.unit} has nobody left to be told; register a contact first",
                )
            notice = closing.bounce(notice, Bounce(self._acts.clock.now(), to, why))
            after = _named(contacts_of(self._acts.state, notice)[:1])
            return self._acts.keep(notice, "bounce", actor, f"{to}: {why}；改送 next: {after}")

    def _remind(self, notice_id: str) -> Notice | None:
        with self._acts.state.transaction():
            notice, now = self._acts.letters.get(notice_id), self._acts.clock.now()
            since = notice.reopened_at or notice.issued_at
            stage = self._stage(notice, since, now) if since and notice.state in UNANSWERED else None
            if stage is None or (stage, notice.deadline) in {(r.stage, r.deadline) for r in notice.reminders}:
                return None
            told = superiors_of if stage == "escalated" else contacts_of
            people = told(self._acts.state, notice)
            to = _named(people if stage == "escalated" else people[:1])
            reminder = Reminder(stage, notice.deadline, now, to)
            if stage in _LATE:
                paper = self._acts.letters.draft_about(notice_id, "reminder", SYSTEM)
                reminder = replace(reminder, letter=paper.id)
            notice = closing.remind(notice, reminder)
            return self._acts.keep(notice, "remind", SYSTEM, f"{stage}: {to}")

    def _stage(self, notice: Notice, since: datetime, now: datetime) -> Stage | None:
        return stage_at(notice.deadline, since, now, self._policy().holidays)

    def _unanswered(self) -> Sequence[Notice]:
        where = {"state": UNANSWERED, "type": MATTERS}
        return self._acts.state.find(Notice, Find(where=where, order="deadline"))


def _named(people: Sequence[Contact]) -> str:
    return "、".join(one.name for one in people) or "—"
