"""The policy followed for one alert: its letter, and the blocks that are proposed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notices.measures import Measure, Policy
from notices.plan import targets
from notices.standing import covers
from taishi.app.alerts import needed_alert
from taishi.app.blocks import Blocks, blocks_about
from taishi.app.blocks.states import OPEN
from taishi.app.letters import Letters
from taishi.app.loop.desk import Loop
from taishi.app.owning import CurrentRegister
from taishi.app.refusal import Refusal
from taishi.app.roles import SYSTEM, TRIAGE, require
from taishi.core.clock import Clock
from taishi.core.ids import stable_id
from taishi.core.notice_records import MATTERS, OUTSTANDING, Notice, NoticeItem
from taishi.core.ports import Find, StateStore
from taishi.core.problems import Refused
from taishi.core.records import LEVELS, Alert, Block, PlaybookRun
from taishi.core.text import Text

#: What the policy is called among playbooks, whose journal tells what it did.
POLICY = "policy"


@dataclass(frozen=True)
class Following:
    """Every act is the system's. What is to be done is seen from what the alert, its letters and its blocks
    are now, so following twice changes nothing, and a class, level or owner that moved is followed too."""

    state: StateStore
    clock: Clock
    letters: Letters
    loop: Loop
    blocks: Blocks
    current: CurrentRegister
    policy: Callable[[], Policy]

    def follow(self, alert_id: str) -> None:
        """Nothing for an alert that was dismissed. What is refused is kept with its reason, once."""
        with self.state.transaction():
            alert = needed_alert(self.state, alert_id)
            if alert.state == "dismissed":
                return
            self.letters.release(alert)
            measure = self.policy().measure(alert.verdict.threat, alert.verdict.level)
            self._tell(alert, measure)
            for address in targets(alert.verdict, measure.block):
                self._block(alert, address)

    def draft(self, alert_ids: Sequence[str], by: str) -> Notice:
        """A person's draft about alerts of one unit, of the type that the policy has for the gravest of them.
        What an open letter takes in is appended to it instead; where that is all, gives that letter."""
        with self.state.transaction():
            require(self.state, by, *TRIAGE)
            alerts = [needed_alert(self.state, alert_id) for alert_id in dict.fromkeys(alert_ids)]
            taken: Notice | None = None
            left: list[str] = []
            for alert in alerts:
                into = self.loop.absorb(alert.id, self._type_for([alert]))
                taken, left = (into, left) if into else (taken, [*left, alert.id])
            if taken is not None and not left:
                return taken
            return self.letters.draft(left, by, self._type_for(alerts))

    def _type_for(self, alerts: Sequence[Alert]) -> str:
        """What asks for the most; 风险告知函 where the policy has no letter at all."""
        policy = self.policy()
        cells = (policy.measure(alert.verdict.threat, alert.verdict.level).letter for alert in alerts)
        asked = [letter for letter in cells if letter]
        return next((one for one in asked if all(covers(one, other) for other in asked)), "advisory")

    def told(self, alert: Alert, wanted: str) -> Notice | None:
        """The letter that says of the alert what one of that type would say: to its unit, about its class.

        One that a person withdrew says it as well, unless the level has risen since. One that is closed does
        not say what was seen after that.
        """
        for notice in reversed(self.letters.about(alert.id)):
            item = next(one for one in notice.items if one.alert_id == alert.id)
            same = notice.unit == alert.verdict.unit and item.threat == alert.verdict.threat
            if same and covers(notice.type, wanted) and self._holds(notice, item, alert):
                return notice
        return None

    def _holds(self, notice: Notice, item: NoticeItem, alert: Alert) -> bool:
        if notice.state == "withdrawn":
            risen = LEVELS.index(alert.verdict.level) < LEVELS.index(item.level)
            return not risen and self.loop.history(notice.id)[-1].by != SYSTEM
        closed_at = notice.closed_at if notice.state == "closed" else None
        return closed_at is None or alert.verdict.last_seen <= closed_at

    def _tell(self, alert: Alert, measure: Measure) -> None:
        """Into the letter that names it, the unit's open one, or a new draft. What is gathered weekly waits
        for the end of its week, unless an open letter takes it in. Drafts that name it are kept up with
        elsewhere (`taishi.app.judging`)."""
        if measure.letter is None or alert.verdict.unit is None:
            return
        notice = self.told(alert, measure.letter)
        try:
            if notice is not None and notice.state in OUTSTANDING:
                self.loop.follow(alert.id)
            due = notice is None and self.loop.absorb(alert.id, measure.letter) is None
            if due and measure.when == "at_once":
                self._draft(alert, measure.letter)
        except Refused as refused:
            self.note(alert, "notice.draft", measure.letter, refused)

    def _draft(self, alert: Alert, wanted: str) -> None:
        """Into the unit's draft about the class; one that asks for less becomes one that asks for more,
        unless people had a hand in it."""
        where = {"unit": alert.verdict.unit, "state": "drafted", "type": MATTERS}
        drafts = [one for one in self.state.find(Notice, Find(where)) if one.threat == alert.verdict.threat]
        enough = next((one.type for one in drafts if covers(one.type, wanted)), wanted)
        for less in drafts if enough == wanted else ():
            if less.type != wanted and covers(wanted, less.type) and not less.drafted_by:
                self.letters.retype(less, wanted)
        self.letters.draft([alert.id], SYSTEM, enough)

    def _block(self, alert: Alert, address: str) -> None:
        own = address == alert.verdict.subject
        if own and alert.verdict.unit is None:
            self.note(alert, "block.propose", address, _ownerless(address))
            return
        if not own and self.current.now().register.owner(address, self.clock.now()) is not None:
            return  # ours, whoever it is: no outside source, no control server
        known = [one for one in blocks_about(self.state, [alert.id]) if one.address == address]
        if any(_decides(block, alert) for block in known):
            return
        try:
            self.blocks.propose(alert.id, address, SYSTEM)
        except Refused as refused:
            self.note(alert, "block.propose", address, refused)

    def note(self, alert: Alert, action: str, what: str, refused: Refused) -> None:
        """What could not be done for an alert, shown on its page; kept anew only where it differs."""
        run_id = stable_id(POLICY, alert.id, action, what)
        before = self.state.get(PlaybookRun, run_id)
        result = getattr(refused, "text", Text(str(refused), str(refused)))
        if before is None or before.result != result:
            run = PlaybookRun(run_id, POLICY, alert.id, action, self.clock.now(), False, result)
            self.state.put(run)


def _ownerless(address: str) -> Refusal:
    """One of ours is not blocked behind the back of whoever it belongs to."""
    return Refusal(
        f"{address} 未登记归属单位，登记后再提议封禁", f"{address} has no owner; register it first"
    )


def _decides(block: Block, alert: Alert) -> bool:
    """Whether the block settles it: it stands, a person said no, or nothing was seen since it was lifted."""
    lifted = block.lifted_at
    return block.state in (*OPEN, "rejected") or lifted is None or alert.verdict.last_seen <= lifted
