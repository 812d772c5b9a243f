"""销号: only on proof. Quiet counts while somebody was looking; quiet because blind proves nothing."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from notices.life import closing
from taishi.app.alerts import Alerts
from taishi.app.blocks import Blocks, blocks_about
from taishi.app.blocks.states import DECIDED
from taishi.app.loop.acts import KEEPS, Acts
from taishi.app.loop.growing import Growing
from taishi.app.loop.limits import Limits
from taishi.app.refusal import Refusal
from taishi.app.roles import APPROVE, SYSTEM
from taishi.app.sensor_lives import SensorLives, Span, Watch
from taishi.core.clock import ZONE
from taishi.core.notice_records import OUTSTANDING, Notice, NoticeState, Opinion, Paper
from taishi.core.ports import EventStore, Find
from taishi.core.problems import Problem
from taishi.core.records import Block, BlockState
from taishi.core.text import Text

log = logging.getLogger("taishi.loop")

#: Hours that were blind and are named one by one; of more only the number is told.
_NAMED = 5
#: For so long after a block was lifted a unit that was not told so is told.
_TOLD_WITHIN = timedelta(days=7)
#: A letter in one of these is about its blocks yet.
_HOLDING: tuple[NoticeState, ...] = ("drafted", "approved", *OUTSTANDING)


class Closure:
    """Recheck, close, and lift what the letter was about, in that order."""

    def __init__(
        self,
        acts: Acts,
        growing: Growing,
        alerts: Alerts,
        blocks: Blocks,
        events: EventStore,
        lives: SensorLives,
        limits: Callable[[], Limits],
    ) -> None:
        self._acts, self._growing = acts, growing
        self._alerts, self._blocks, self._events = alerts, blocks, events
        self._lives, self._limits = lives, limits

    def recheck(self, notice_id: str, by: str, retest: Paper | None = None) -> Notice:
        """复核: the letter with its opinion, which is drafted as a 复核意见. Where what it said has come
        back since the answer it is opened again instead. `retest`: the record of a retest that was passed.
        Raises Refusal without proof."""
        with self._acts.state.transaction():
            notice, actor = self._acts.staff(notice_id, "recheck", by, *KEEPS)
            again = self._growing.recurred(notice)
            if again is not None:
                return again
            opinion = self._retested(notice, actor, retest) if retest else self._quiet(notice, actor)
            notice = closing.recheck(notice, opinion)
            self._acts.keep(notice, "recheck", actor, opinion.words.zh)
            self._acts.letters.draft_about(notice_id, "recheck", SYSTEM)
            return notice

    def close(self, notice_id: str, by: str) -> Notice:
        """销号 by an approver; then the blocks of the unit's hosts that the letter was about are lifted. What
        came back meanwhile opens it again instead. Where a device fails its block stays, and is lifted later
        by `resume`."""
        with self._acts.state.transaction():
            notice, actor = self._acts.staff(notice_id, "close", by, *APPROVE)
            again = self._growing.recurred(notice)
            if again is not None:
                return again
            notice = closing.close(notice, by=actor, at=self._acts.clock.now())
            self._alerts.settle(
                (item.alert_id for item in notice.items), actor, f"函件 {notice.number} 已销号 closed"
            )
            self._acts.keep(notice, "close", actor)
        for block in self.blocks_of(notice):
            self._lift(block, notice)
        self._tell_lifted(notice)
        return notice

    def resume(self) -> int:
        """Lifts what closed letters were about and is not lifted yet, and tells the units: a kill or a device
        that failed came between. Gives how many were lifted."""
        lifted = 0
        for block in self._acts.state.find(Block, Find(where={"state": (*DECIDED, "lifted")})):
            for notice in self._closed_about(block):
                lifted += block.state != "lifted" and self._lift(block, notice)
                self._tell_lifted(notice)
        return lifted

    def blocks_of(self, notice: Notice) -> Sequence[Block]:
        """The standing blocks of the unit's own hosts that the letter is about."""
        return self._own_blocks(notice, *DECIDED)

    def _own_blocks(self, notice: Notice, *states: BlockState) -> Sequence[Block]:
        found = blocks_about(self._acts.state, [item.alert_id for item in notice.items], *states)
        return [block for block in found if block.unit == notice.unit]

    def _closed_about(self, block: Block) -> Sequence[Notice]:
        """The closed letters to the block's unit about it; of one lifted long ago nothing is to be done."""
        now = self._acts.clock.now()
        if block.unit is None or (block.lifted_at is not None and now - block.lifted_at > _TOLD_WITHIN):
            return []
        about = (notice for alert_id in block.alerts for notice in self._acts.letters.about(alert_id))
        closed = {one.id: one for one in about if one.state == "closed" and one.unit == block.unit}
        return list(closed.values())

    def _lift(self, block: Block, notice: Notice) -> bool:
        """Where it was decided before the closure and no other letter holds it."""
        if notice.closed_by is None or notice.closed_at is None or self._held(block, notice.closed_at):
            return False
        why = f"函件 {notice.number} 已销号 / letter {notice.id} is closed"
        try:
            self._blocks.lift(block.id, notice.closed_by, why)
        except Problem as problem:
            log.warning("%s: not lifted after letter %s was closed: %s", block.id, notice.id, problem)
            return False
        return True

    def _tell_lifted(self, notice: Notice) -> None:
        """Drafts the 解除封禁告知 once, as soon as something was lifted after the closure."""
        with self._acts.state.transaction():
            since = notice.closed_at
            ended = [one.lifted_at for one in self._own_blocks(notice, "lifted") if not one.dry_run]
            lifted = any(since and at and at >= since for at in ended)
            told = any(paper.type == "lifting" for paper in self._acts.letters.papers_about(notice.id))
            if lifted and not told:
                self._acts.letters.draft_about(notice.id, "lifting", SYSTEM)

    def _held(self, block: Block, closed_at: datetime) -> bool:
        """Whether it was decided after the closure, or another letter is about it."""
        if block.approved_at is None or block.approved_at > closed_at:
            return True
        about = [notice for alert_id in block.alerts for notice in self._acts.letters.about(alert_id)]
        return any(notice.state in _HOLDING for notice in about)

    def _retested(self, notice: Notice, by: str, paper: Paper) -> Opinion:
        if paper.notice_id != notice.id or paper.kind != "retest" or paper.problems:
            raise Refusal(
                f"函件 {notice.id} 需要一份通过复测的记录",
                f"letter {notice.id} needs the record of a passed retest",
            )
        self._acts.state.put(paper)
        words = Text("经复测，问题已消除", "a retest was passed")
        return Opinion(self._acts.clock.now(), by, "retest", words, paper=paper.id)

    def _quiet(self, notice: Notice, by: str) -> Opinion:
        """The opinion that the rules were quiet long enough while the unit was seen. Raises Refusal."""
        now, since = self._acts.clock.now(), notice.answered_at
        needed = timedelta(hours=self._limits().quiet_hours)
        if since is None or now - since < needed:
            until = None if since is None else since + needed
            raise Refusal(
                f"函件 {notice.id} 答复后静默观察未满 {_long(needed).zh}，须至 {_local(until)}",
                f"letter {notice.id}: its {_long(needed).en} of quiet are over at {_local(until)}",
            )
        watch = self._lives.watch(notice.unit, since, now, self._kinds(notice))
        seen = _last_stretch(watch, since, now, needed)
        if seen is None:
            raise _blind(notice, watch, max(since, now - needed), now)
        words = Text(
            f"自 {_local(seen[0])} 至 {_local(seen[1])} 未再出现，其间由{'、'.join(watch.sensors)}持续监测",
            f"quiet from {_local(seen[0])} to {_local(seen[1])}, watched by {', '.join(watch.sensors)}",
        )
        return Opinion(now, by, "quiet", words, seen[0], seen[1], watch.sensors)

    def _kinds(self, notice: Notice) -> frozenset[str]:
        """The kinds of events that the letter's evidence is of, as far as they are kept."""
        ids = (line.event_id for item in notice.items for line in item.evidence)
        return frozenset(event.kind for event_id in ids if (event := self._events.get(event_id)))


def _last_stretch(watch: Watch, since: datetime, until: datetime, needed: timedelta) -> Span | None:
    """The last span without a blind moment that is long enough."""
    begins = [since, *(end for _, end in watch.blind)]
    ends = [*(begin for begin, _ in watch.blind), until]
    long = [(a, b) for a, b in zip(begins, ends, strict=True) if b - a >= needed]
    return long[-1] if long else None


def _blind(notice: Notice, watch: Watch, since: datetime, until: datetime) -> Refusal:
    blind = [(max(a, since), min(b, until)) for a, b in watch.blind if b > since]
    hours = sum((b - a for a, b in blind), timedelta()) / timedelta(hours=1)
    named = "、".join(f"{_local(a)} 至 {_local(b)}" for a, b in blind[:_NAMED])
    more = f" 等 {len(blind)} 段" if len(blind) > _NAMED else ""
    return Refusal(
        f"函件 {notice.id} 不能销号：传感器未能持续看到{notice.unit}，共盲 {hours:.1f} 小时"
        f"（{named}{more}），静默不足为证",
        f"letter {notice.id} stays open: nobody saw {notice.unit} for {hours:.1f} h ({named}); "
        "quiet because blind proves nothing",
    )


def _long(span: timedelta) -> Text:
    hours = span // timedelta(hours=1)
    if hours % 24:
        return Text(f"{hours} 小时", f"{hours} hours")
    return Text(f"{hours // 24} 天", f"{hours // 24} days")


def _local(moment: datetime | None) -> str:
    return "—" if moment is None else moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
