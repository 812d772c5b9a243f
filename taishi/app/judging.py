"""From hits to alerts, and from those to letters and blocks: the second half of an event's way."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from detections.verdict import episodes, judge
from playbooks.playbook import Playbook
from playbooks.runner import Runner
from taishi.app.actions import actions
from taishi.app.desk import Desk
from taishi.app.owning import owned
from taishi.app.surroundings import Grades, Prevalence
from taishi.core.clock import rfc3339
from taishi.core.notice_records import MATTERS, Notice
from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import Alert, Hit

log = logging.getLogger("taishi.pipeline")

#: The moment up to which everything that follows from alerts was done.
_ACTED = "judging.acted"


class Judging:
    """What was found but not yet judged, or judged but not yet acted on, is owed: a failing write costs a
    round, not a finding. Single-threaded."""

    def __init__(self, desk: Desk, playbooks: Iterable[Playbook], admits: Callable[[Hit], bool]) -> None:
        """`admits`: whether exceptions let a hit count."""
        self._desk = desk
        self._playbooks = tuple(playbooks)
        self._runner = Runner(desk.state, desk.clock, actions(desk))
        self._admits = admits
        self._known: dict[str, Hit] = {}
        self._prevalence = Prevalence(desk.state)
        self._grades = Grades(desk.state)
        self._owed: dict[str, dict[str, Hit]] = {}
        self._to_act = self._unacted()
        self.stuck: dict[str, str] = {}

    @property
    def owes(self) -> bool:
        """Whether something is found and not judged."""
        return bool(self._owed)

    def owe(self, hits: Iterable[Hit]) -> None:
        """Hits as they were found; those that are known as they are add nothing."""
        for hit in hits:
            if self._known.get(hit.id) != hit:
                self._owed.setdefault(hit.subject, {})[hit.id] = hit

    def settle(self, hosts: int) -> None:
        """Judges every subject with something owed, and those whose surroundings have changed. `hosts`: how
        many of ours have spoken so far."""
        for subject in sorted(self._owed):
            self._settle(subject)
        for subject in (*self._prevalence.turned(hosts), *self._grades.turned()):
            self._owed.setdefault(subject, {})
            self._settle(subject)

    def _settle(self, subject: str) -> None:
        """Judges one subject. What cannot be judged stays owed and is told; the others go on."""
        hits = list(self._owed[subject].values())
        try:
            alerts = self._judge(subject, hits)
        except Exception as error:
            said = f"{subject}: {type(error).__name__}: {error}"
            log.error("not judged: %s", said, exc_info=self.stuck.get(subject) != said)
            self.stuck[subject] = said
            return
        self.stuck.pop(subject, None)
        del self._owed[subject]
        self._known.update((hit.id, hit) for hit in hits)
        self._prevalence.add(hit for hit in hits if not hit.withdrawn)
        self._to_act |= {alert.id for alert in alerts}

    def _judge(self, subject: str, hits: list[Hit]) -> list[Alert]:
        state = self._desk.state
        with state.transaction():
            gone = [hit for hit in hits if hit.withdrawn and state.get(Hit, hit.id)]
            state.put(*(hit for hit in hits if not hit.withdrawn))
            for hit in gone:
                state.delete(Hit, hit.id)
            known = state.find(Hit, Find({"subject": subject}))
            matters = episodes(filter(self._admits, known))
            around = self._prevalence.around()
            whose = partial(owned, self._desk.register.current.now().register)
            verdicts = [verdict for matter in matters for verdict in judge(matter, around, whose)]
            self._desk.alerts.take_back(subject, gone, verdicts)
            return [alert for verdict in verdicts if (alert := self._desk.alerts.record(verdict))]

    def _unacted(self) -> set[str]:
        """A kill may have come between an alert and what follows from it; all of that is idempotent. What an
        older version left is taken as done: a new policy does not write letters about last year."""
        state = self._desk.state
        acted = state.setting(_ACTED)
        if acted is None:
            state.set_setting(_ACTED, rfc3339(self._desk.clock.now()))
            return set()
        since = datetime.fromisoformat(acted)
        found = (alert for alert in state.find(Alert) if alert.state != "dismissed")
        return {alert.id for alert in found if alert.updated_at is None or alert.updated_at >= since}

    def act(self) -> None:
        """What follows from alerts that are new or have changed. What fails is tried again next time; what is
        refused is told once."""
        if self._to_act:
            self._act_on_all()

    def _act_on_all(self) -> None:
        begun = self._desk.clock.now()
        for alert_id in sorted(self._to_act):
            try:
                if self._act_on(self._desk.alerts.get(alert_id)):
                    continue
            except Problem as problem:
                log.warning("%s: %s", alert_id, problem)
            self._to_act.discard(alert_id)
        if not self._to_act:
            self._desk.state.set_setting(_ACTED, rfc3339(begun))

    def _act_on(self, alert: Alert) -> bool:
        """Whether it waits: what is new of it comes into an approved letter once that has left."""
        if alert.state == "dismissed":
            return False
        self._desk.measures.follow(alert.id)
        for playbook in self._playbooks:
            self._runner.run(playbook, alert)
        about = (one for one in self._desk.letters.about(alert.id) if one.type in MATTERS)
        behind = [notice for notice in about if _is_behind(notice, alert)]
        for notice in behind:
            if notice.state == "drafted":
                self._desk.letters.draft([alert.id], "system", notice.type)
        self._desk.loop.follow(alert.id)
        return any(notice.state == "approved" for notice in behind)


def _is_behind(notice: Notice, alert: Alert) -> bool:
    """Whether a letter says less of an alert than is known now: a draft follows until it is approved."""
    told = {(item.count, item.last_seen) for item in notice.items if item.alert_id == alert.id}
    return told != {(alert.verdict.count, alert.verdict.last_seen)}
