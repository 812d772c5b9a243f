"""Blocks: proposed from an alert, approved by name, carried out by an enforcer, ended in time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from msgspec.structs import replace

from taishi.app.alerts import needed_alert
from taishi.app.networks import Protected, protecting, read_network
from taishi.app.refusal import Refusal, needed_reason, wrong_state
from taishi.app.roles import APPROVE, SYSTEM, TRIAGE, require, require_or_system
from taishi.app.settings import DRY_RUN, Settings
from taishi.app.whose import plain, whose
from taishi.core.clock import ZONE, Clock
from taishi.core.ports import Enforced, Enforcer, Find, StateStore
from taishi.core.problems import Problem
from taishi.core.records import THREAT_NAMES, Alert, Block, BlockState, Notice, NoticeState, Verdict
from taishi.core.text import Text

DEFAULT_TTL_S = 7 * 86_400
MAX_TTL_S = 90 * 86_400

#: Not at an end: a second block of the address would only hide the first.
OPEN: tuple[BlockState, ...] = ("proposed", "approved", "applied")
#: A letter in one of these tells a unit, or will, that its host is blocked.
_TELLING: tuple[NoticeState, ...] = ("drafted", "approved", "issued")
_STATES: dict[BlockState, Text] = {
    "proposed": Text("待审批", "waiting for approval"),
    "approved": Text("已批准、未生效", "approved, not applied"),
    "applied": Text("封禁中", "applied"),
    "lifted": Text("已解除", "lifted"),
    "rejected": Text("已驳回", "rejected"),
}


def expires(block: Block) -> datetime | None:
    """When the block ends; None before its approval."""
    return block.approved_at and block.approved_at + timedelta(seconds=block.ttl_s)


class Blocks:
    """Every act is audited in the transaction that changes the state, and raises Refusal where not allowed.

    The device is asked outside of transactions: the approval is durable before anything is dropped, and
    the state never says lifted while the device still drops.
    """

    def __init__(
        self,
        state: StateStore,
        clock: Clock,
        enforcers: Mapping[str, Enforcer],
        protected: tuple[str, ...] = (),
        tell: Callable[[Block], object] | None = None,
    ) -> None:
        """`enforcers` by the name the settings use; `protected` in addition to those of the settings;
        `tell` is called when a unit's host was really blocked."""
        self._state = state
        self._clock = clock
        self._enforcers = enforcers
        self._protected = tuple(Protected.read(line) for line in protected)
        self._tell = tell
        self._settings = Settings(state, clock)
        self._strangers: frozenset[str] = frozenset()

    @property
    def devices(self) -> Sequence[str]:
        """The enforcers that the settings may choose from, by name."""
        return tuple(self._enforcers)

    def list(self, state: BlockState | None = None) -> Sequence[Block]:
        """Newest first."""
        where = {"state": state} if state else {}
        return self._state.find(Block, Find(where=where, order="created_at", descending=True))

    def get(self, block_id: str) -> Block:
        block = self._state.get(Block, block_id)
        if block is None:
            raise Refusal(f"没有封禁 {block_id}", f"there is no block {block_id}")
        return block

    def propose(self, alert_id: str, address: str, by: str, why: str | None = None) -> Block:
        """A block of one address that the alert names (of any other one with a reason).

        An address with an open block gives that one back. Refused for networks, protected addresses and
        for what lies in our networks and is nobody's.
        """
        with self._state.transaction():
            actor = require_or_system(self._state, by, *TRIAGE)
            alert = needed_alert(self._state, alert_id)
            address = self._allowed(address)
            for block in self._state.find(Block, Find(where={"address": address, "state": OPEN}, limit=1)):
                return block
            block = self._proposal(alert, address, (why or "").strip())
            self._state.put(block)
            self._audit(actor, "propose", block, address)
            return block

    def approve(self, block_id: str, by: str, ttl_s: int | None = None) -> Block:
        """Approves and applies. Where the device fails the block stays approved and its `why` says so.

        Whose the address is, is asked again: a unit's host is not really blocked without a letter to it.
        """
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            block = self._owned(self._in_state(block_id, "proposed"))
            self._allowed(block.address)
            block = replace(
                block,
                state="approved",
                ttl_s=_checked_ttl(block.ttl_s if ttl_s is None else ttl_s),
                approved_by=person.id,
                approved_at=self._clock.now(),
                enforcer=self._settings.enforcer(),
            )
            self._device(block)
            self._refuse_untold(block)
            self._state.put(block)
            self._audit(
                person.id, "approve", block, f"{block.address} for {block.ttl_s} s by {block.enforcer}"
            )
        return self._apply(block)

    def retry(self, block_id: str, by: str) -> Block:
        """Asks the device again for a block that was approved but could not be applied."""
        with self._state.transaction():
            require(self._state, by, *APPROVE)
            block = self._owned(self._in_state(block_id, "approved"))
            self._allowed(block.address)
            self._refuse_untold(block)
            self._state.put(block)
        return self._apply(block)

    def reject(self, block_id: str, by: str, why: str) -> Block:
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            block = replace(self._in_state(block_id, "proposed"), state="rejected", why=needed_reason(why))
            self._state.put(block)
            self._audit(person.id, "reject", block, "rejected", why)
            return block

    def lift(self, block_id: str, by: str, why: str) -> Block:
        """Ends it now. Refused where the device fails: the block stays as it is."""
        why = needed_reason(why)
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            block = self._in_state(block_id, "applied", "approved")
        done = self._ask_to_lift(block)
        if not done.ok:
            raise Refusal(
                f"设备未能解除 {block.address}：{done.detail}", f"the device failed to lift: {done.detail}"
            )
        return self._lifted(block_id, person.id, why)

    def expire_due(self) -> Sequence[Block]:
        """Lifts what is over its time and returns it; where the device fails the block says so and stays."""
        now = self._clock.now()
        found = self._state.find(Block, Find(where={"state": ("applied", "approved")}))
        lifted = []
        for block in (b for b in found if (end := expires(b)) and end <= now):
            done = self._ask_to_lift(block)
            if done.ok:
                lifted.append(self._lifted(block.id, SYSTEM, "到期 / its time is over"))
            else:
                self._note_failure(block, f"到期但设备未能解除 / due, but the device failed: {done.detail}")
        return lifted

    def reconcile(self) -> Sequence[Block]:
        """Applies again, and returns, what the device in use should drop and does not.

        An address on the device that nobody decided is told in the audit, once while it stays, and left.
        Does nothing in a dry run. Raises Problem where the device cannot be asked.
        """
        name = self._settings.enforcer()
        device = self._enforcers.get(name)
        if device is None or name.endswith(DRY_RUN):
            return []
        due = [b for b in self.list("applied") if b.enforcer == name and not b.dry_run]
        decided = self._decided()
        active = device.active()
        self._report(name, active - decided - self._decided())
        return [b for b in due if b.address not in active and self._applied_again(b)]

    def _decided(self) -> set[str]:
        found = self._state.find(Block, Find(where={"state": ("approved", "applied")}))
        return {block.address for block in found}

    def _report(self, name: str, strangers: frozenset[str]) -> None:
        if strangers - self._strangers:
            listed = " ".join(sorted(strangers))
            self._state.decide(
                self._clock.now(), SYSTEM, "reconcile", "enforcer", name, f"nobody decided: {listed}"
            )
        self._strangers = strangers

    def _applied_again(self, block: Block) -> bool:
        end = expires(block)
        if end is None or end <= self._clock.now() or self.get(block.id).state != "applied":
            return False
        try:
            self._allowed(block.address)
        except Problem as refused:  # protected since
            self._note_failure(block, str(refused))
            return False
        done = self._ask(lambda: self._device(block).apply(block, end))
        if not done.ok:
            self._note_failure(block, f"设备未能执行 / the device failed: {done.detail}")
            return False
        with self._state.transaction():
            now = self.get(block.id)
            if now.state == "applied":
                self._state.put(replace(now, why=None))
                self._audit(SYSTEM, "reapply", now, "was missing on the device", "\n".join(done.commands))
                return True
        self._ask_to_lift(block)  # lifted while the device was at work
        return False

    def protected(self) -> tuple[Protected, ...]:
        """Everything that is never blocked."""
        return self._settings.protected() + self._protected

    def _allowed(self, address: str) -> str:
        """The address in its plain form. Raises Refusal for a network or a protected address."""
        network = read_network(address)
        if network.num_addresses != 1:
            raise Refusal(
                f"{address} 是网段，只能封禁单个地址", f"{address} is a network; one address a block"
            )
        entry = protecting(address, self.protected())
        if entry is not None:
            raise Refusal(f"{address} 受保护（{entry}），不得封禁", f"{address} is protected: {entry}")
        return str(ip_address(network.network_address))

    def _proposal(self, alert: Alert, address: str, why: str) -> Block:
        verdict = alert.verdict
        known = {plain(name) for name in (verdict.subject, *verdict.peers, *verdict.attackers)}
        if address not in known and not why:
            raise Refusal(
                f"{address} 与告警 {alert.id} 无关，如需封禁请填写理由",
                f"{address} is not in alert {alert.id}; give a reason to block it",
            )
        scope, unit = self._whose(address, verdict)
        now = self._clock.now()
        year = f"{now.astimezone(ZONE):%Y}"
        return Block(
            id=f"B-{year}-{self._state.next_number(f'block-{year}'):06d}",
            address=address,
            scope=scope,
            reason=_reason(verdict, why),
            alert_id=alert.id,
            ttl_s=DEFAULT_TTL_S,
            created_at=now,
            unit=unit,
        )

    def _owned(self, block: Block) -> Block:
        """The block with the scope and unit that its address has now."""
        scope, unit = self._whose(block.address, needed_alert(self._state, block.alert_id).verdict)
        return replace(block, scope=scope, unit=unit)

    def _whose(self, address: str, verdict: Verdict) -> tuple[str, str | None]:
        return whose(self._state, self._settings.internal(), address, verdict, self._clock.now())

    def _refuse_untold(self, block: Block) -> None:
        """A unit's host is not really blocked while no letter to that unit names it for the alert."""
        if block.unit is None or (block.enforcer or "").endswith(DRY_RUN):
            return
        letters = self._state.find(Notice, Find(where={"unit": block.unit, "state": _TELLING}))
        items = [item for letter in letters for item in letter.items if item.alert_id == block.alert_id]
        if not any(block.address in map(plain, (item.address, *item.peers)) for item in items):
            raise Refusal(
                f"{block.address} 属于{block.unit}，请先就告警 {block.alert_id} 起草致该单位、写明该地址的函",
                f"{block.address} is of {block.unit}; first draft a letter to it about {block.alert_id}"
                " that names the address",
            )

    def _in_state(self, block_id: str, *states: BlockState) -> Block:
        block = self.get(block_id)
        if block.state not in states:
            what = Text(f"封禁 {block_id}", f"block {block_id}")
            raise wrong_state(what, _STATES[block.state], [_STATES[state] for state in states])
        return block

    def _device(self, block: Block) -> Enforcer:
        device = self._enforcers.get(block.enforcer or "")
        if device is None:
            raise Refusal(
                f"没有名为“{block.enforcer}”的封禁设备，请在“系统”中选择",
                f"no enforcer {block.enforcer}; choose one of {', '.join(sorted(self._enforcers))}",
            )
        return device

    def _apply(self, block: Block) -> Block:
        end = expires(block)
        if end is None or end <= self._clock.now():
            raise Refusal(f"封禁 {block.id} 已过期", f"the time of block {block.id} is over")
        done = self._ask(lambda: self._device(block).apply(block, end))
        if not done.ok:
            return self._note_failure(block, f"设备未能执行 / the device failed: {done.detail}")
        now = self._keep_applied(block, done)
        if now.state == "lifted":  # while the device was at work
            self._ask_to_lift(block)
        elif self._tell and now.unit and not now.dry_run:
            self._tell(now)
        return now

    def _keep_applied(self, block: Block, done: Enforced) -> Block:
        with self._state.transaction():
            now = self.get(block.id)
            if now.state == "approved":
                now = replace(
                    now, state="applied", dry_run=done.dry_run, applied_at=self._clock.now(), why=None
                )
                self._state.put(now)
                self._audit(
                    SYSTEM, "apply", now, "dry run" if done.dry_run else "applied", "\n".join(done.commands)
                )
            return now

    def _lifted(self, block_id: str, by: str, why: str) -> Block:
        with self._state.transaction():
            block = self._in_state(block_id, "applied", "approved")
            block = replace(block, state="lifted", lifted_by=by, lifted_at=self._clock.now(), why=why)
            self._state.put(block)
            self._audit(by, "lift", block, "lifted", why)
            return block

    def _ask_to_lift(self, block: Block) -> Enforced:
        return self._ask(lambda: self._device(block).lift(block))

    @staticmethod
    def _ask(act: Callable[[], Enforced]) -> Enforced:
        """A device that raises has failed; its words are kept."""
        try:
            return act()
        except (Problem, OSError, TimeoutError) as error:
            return Enforced(ok=False, dry_run=False, commands=(), detail=str(error))

    def _note_failure(self, block: Block, why: str) -> Block:
        with self._state.transaction():
            now = self.get(block.id)
            if now.why != why and now.state in ("approved", "applied"):
                now = replace(now, why=why)
                self._state.put(now)
                self._audit(SYSTEM, "enforce", now, "failed", why)
            return now

    def _audit(self, actor: str, action: str, block: Block, result: str, why: str = "") -> None:
        self._state.decide(self._clock.now(), actor, action, "block", block.id, result, why)


def _reason(verdict: Verdict, why: str) -> Text:
    threat = THREAT_NAMES[verdict.threat]
    title = verdict.because[0].title if verdict.because else threat
    zh, en = f"{threat.zh}：{verdict.subject}，{title.zh}", f"{threat.en}: {verdict.subject}, {title.en}"
    return Text(f"{zh}；{why}", f"{en}; {why}") if why else Text(zh, en)


def _checked_ttl(ttl_s: int) -> int:
    if not 0 < ttl_s <= MAX_TTL_S:
        raise Refusal(
            f"封禁时长须大于 0 且不超过 90 天，给的是 {ttl_s} 秒",
            f"a block lasts more than 0 s and at most 90 days, not {ttl_s} s",
        )
    return ttl_s
