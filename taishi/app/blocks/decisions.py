"""What people decide about blocks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from taishi.app.alerts import needed_alert
from taishi.app.blocks.book import Book
from taishi.app.blocks.carrying import Carrying
from taishi.app.blocks.drift import Drift
from taishi.app.blocks.guard import Guard
from taishi.app.blocks.states import DECIDED, DEFAULT_TTL_S, HOST_TTL_S, MAX_TTL_S, OPEN, checked_ttl
from taishi.app.blocks.upkeep import Upkeep
from taishi.app.networks import Protected
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import APPROVE, SYSTEM, TRIAGE, require, require_or_system
from taishi.app.settings import Settings
from taishi.app.whose import plain
from taishi.core.clock import ZONE, Clock
from taishi.core.notice_records import Notice
from taishi.core.ports import Enforcer, Find, StateStore
from taishi.core.records import THREAT_NAMES, Alert, Block, BlockState, Person, Verdict
from taishi.core.text import Text


class Blocks:
    """Every act is audited in the transaction that changes the state; Refusal says what is not allowed."""

    def __init__(
        self,
        state: StateStore,
        clock: Clock,
        enforcers: Mapping[str, Enforcer],
        protected: tuple[str, ...] = (),
        tell: Callable[[Block], object] | None = None,
        longest_s: int = MAX_TTL_S,
    ) -> None:
        """`enforcers` by the name the settings use; `protected` in addition to those of the settings;
        `tell` is called when a unit's host was really blocked; no block lasts more than `longest_s`."""
        self._state = state
        self._settings = Settings(state, clock)
        self._book = Book(state, clock)
        self._guard = Guard(state, clock, protected)
        self._carrying = Carrying(self._book, enforcers, tell)
        self._longest_s = longest_s
        self._upkeep = Upkeep(self._book, self._guard, self._carrying)

    @property
    def devices(self) -> Sequence[str]:
        """The enforcers that the settings may choose from, by name."""
        return tuple(self._carrying.enforcers)

    def list(self, state: BlockState | None = None) -> Sequence[Block]:
        """Newest first."""
        return self._book.list(*([state] if state else []))

    def get(self, block_id: str) -> Block:
        return self._book.get(block_id)

    def protected(self) -> tuple[Protected, ...]:
        """Everything that is never blocked."""
        return self._guard.protected()

    def allowed(self, address: str) -> str:
        """The address in its plain form. Raises Refusal where it must never be blocked."""
        return self._guard.allowed(address)

    def propose(
        self, alert_id: str, address: str, by: str, why: str | None = None, *, also: Iterable[str] = ()
    ) -> Block:
        """A block of one address that the alert names (of any other one with a reason).

        One decision for all: `also` are more alerts that it belongs to, and an open block of the address is
        given back, with the alerts added that it did not know. Refused for networks, protected addresses
        and for what lies in our networks and is nobody's.
        """
        with self._state.transaction():
            actor = require_or_system(self._state, by, *TRIAGE)
            alerts = [needed_alert(self._state, one) for one in dict.fromkeys((alert_id, *also))]
            address = self._guard.allowed(address)
            reason = (why or "").strip()
            for alert in alerts if not reason else ():
                _refuse_unnamed(address, alert)
            people = () if actor == SYSTEM else (actor,)
            for block in self._state.find(Block, Find(where={"address": address, "state": OPEN}, limit=1)):
                return self._joined(block, alerts, actor, people)
            block = self._proposal(alerts, address, reason, people)
            return self._book.write(actor, "propose", block, address)

    def _joined(self, block: Block, alerts: Sequence[Alert], actor: str, people: tuple[str, ...]) -> Block:
        new = tuple(alert.id for alert in alerts if alert.id not in block.alerts)
        if not new:
            return block
        hands = block.proposed_by
        if block.state == "proposed":
            hands = tuple(dict.fromkeys((*hands, *people)))
        block = replace(block, alerts=(*block.alerts, *new), proposed_by=hands)
        return self._book.write(actor, "join", block, " ".join(new))

    def approve(self, block_id: str, by: str, ttl_s: int | None = None) -> Block:
        """Approves and applies. Where the device fails the block stays approved and its `why` says so.

        Whoever had a hand in the proposal does not approve it; a playbook's is for any approver. Whose the
        address is, is asked again: a unit's host is not really blocked without a letter to it.
        """
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            block = self._book.in_state(block_id, "proposed")
            _refuse_own(block, person)
            block = replace(
                block,
                state="approved",
                ttl_s=checked_ttl(block.ttl_s if ttl_s is None else ttl_s, self._longest_s),
                approved_by=person.id,
                approved_at=self._book.clock.now(),
                enforcer=self._settings.enforcer(),
            )
            self._carrying.device(block)
            block = self._guard.checked(block)
            told = f"{block.address} for {block.ttl_s} s by {block.enforcer}"
            self._book.write(person.id, "approve", block, told)
        return self._carrying.apply(block)

    def retry(self, block_id: str, by: str) -> Block:
        """Asks the device again for a block that was approved but could not be applied."""
        with self._state.transaction():
            require(self._state, by, *APPROVE)
            block = self._guard.checked(self._book.in_state(block_id, "approved"))
            self._state.put(block)
        return self._carrying.apply(block)

    def prolong(self, block_id: str, by: str, ttl_s: int, why: str) -> Block:
        """Lasts so many seconds from now: never sooner than before, which would be lifting by the way. Where
        the device fails the block says so, and is set right within a minute."""
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            block = self._guard.checked(self._book.in_state(block_id, "applied"))
            gone = self._book.clock.now() - (block.approved_at or block.created_at)
            longer = int(gone.total_seconds()) + checked_ttl(ttl_s)
            if longer <= block.ttl_s:
                raise Refusal(
                    f"封禁 {block.id} 本来就更晚到期，不能缩短",
                    f"block {block.id} ends later than that already",
                )
            block = replace(block, ttl_s=longer)
            self._book.write(person.id, "prolong", block, f"{ttl_s} s from now", needed_reason(why))
        return self._carrying.prolong(block)

    def reject(self, block_id: str, by: str, why: str) -> Block:
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            block = self._book.in_state(block_id, "proposed")
            block = replace(block, state="rejected", why=needed_reason(why))
            return self._book.write(person.id, "reject", block, "rejected", why)

    def lift(self, block_id: str, by: str, why: str) -> Block:
        """Ends it now. Refused where the device fails: the block stays as it is; and as long as a letter to
        the unit about this host has no recheck opinion."""
        return self._lift(block_id, by, why, early=False)

    def lift_before_recheck(self, block_id: str, by: str, why: str) -> Block:
        """The same for a host whose letter was not rechecked: an act of its own, where the settings allow
        it at all."""
        return self._lift(block_id, by, why, early=True)

    def _lift(self, block_id: str, by: str, why: str, *, early: bool) -> Block:
        why = needed_reason(why)
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            block = self._book.in_state(block_id, *DECIDED)
            open_letters = self._guard.unrechecked(block)
            if open_letters and not (early and self._settings.lifts_before_recheck()):
                raise _unrechecked(block, open_letters, early=early)
        done = self._carrying.ask_to_lift(block)
        if not done.ok:
            raise Refusal(
                f"设备未能解除 {block.address}：{done.detail}", f"the device failed to lift: {done.detail}"
            )
        act = "lift_before_recheck" if open_letters else "lift"
        return self._carrying.lifted(block_id, person.id, why, act)

    def unrechecked(self, block: Block) -> Sequence[Notice]:
        """The letters to the block's unit about this host that have no recheck opinion yet."""
        return self._guard.unrechecked(block)

    def expire_due(self) -> Sequence[Block]:
        """Lifts what is over its time and returns it; where the device fails the block says so and stays."""
        return self._upkeep.expire_due()

    def reconcile(self) -> Sequence[Drift]:
        """Heals the devices; see `taishi.app.blocks.upkeep`."""
        return self._upkeep.reconcile()

    def truth(self) -> Sequence[tuple[Drift, Mapping[str, datetime]]]:
        """Of every device in use how it differs, and what it should drop until when."""
        return self._upkeep.truth()

    def drifting(self) -> Sequence[Text]:
        """Where a device was not as decided at the last check, healed since or not."""
        return tuple(self._upkeep.found.values())

    def _proposal(self, alerts: Sequence[Alert], address: str, why: str, people: tuple[str, ...]) -> Block:
        verdict = alerts[0].verdict
        scope, unit = self._guard.whose(address, verdict)
        now = self._book.clock.now()
        year = f"{now.astimezone(ZONE):%Y}"
        return Block(
            id=f"B-{year}-{self._state.next_number(f'block-{year}'):06d}",
            address=address,
            scope=scope,
            reason=_reason(verdict, why),
            alert_id=alerts[0].id,
            ttl_s=HOST_TTL_S if unit else DEFAULT_TTL_S,
            created_at=now,
            unit=unit,
            alerts=tuple(alert.id for alert in alerts),
            proposed_by=people,
        )


def _refuse_unnamed(address: str, alert: Alert) -> None:
    verdict = alert.verdict
    if address not in map(plain, (verdict.subject, *verdict.peers, *verdict.attackers)):
        raise Refusal(
            f"{address} 与告警 {alert.id} 无关，如需封禁请填写理由",
            f"{address} is not in alert {alert.id}; give a reason to block it",
        )


def _refuse_own(block: Block, person: Person) -> None:
    if person.id in block.proposed_by:
        raise Refusal(
            f"封禁 {block.id} 由{person.name}提议，须由另一人批准",
            f"{person.name} proposed block {block.id}; a second person approves it",
        )


def _unrechecked(block: Block, letters: Sequence[Notice], *, early: bool) -> Refusal:
    named = "、".join(letter.number or letter.id for letter in letters)
    if early:
        return Refusal(
            f"系统设置不允许复核前解除封禁（{named} 尚未复核）",
            f"the settings do not allow to lift before the recheck of {named}",
        )
    return Refusal(
        f"{block.address} 涉及的函件 {named} 尚未复核，复核通过后方可解除封禁",
        f"{block.address} is in {named}, which is not rechecked; the block is lifted after that",
    )


def _reason(verdict: Verdict, why: str) -> Text:
    threat = THREAT_NAMES[verdict.threat]
    title = verdict.because[0].title if verdict.because else threat
    zh, en = f"{threat.zh}：{verdict.subject}，{title.zh}", f"{threat.en}: {verdict.subject}, {title.en}"
    return Text(f"{zh}；{why}", f"{en}; {why}") if why else Text(zh, en)
