"""What is done about blocks every minute: those over their time end, and each device drops again exactly
what was decided, whatever has happened to it since."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from taishi.app.blocks.book import Book
from taishi.app.blocks.carrying import Carrying
from taishi.app.blocks.drift import Drift, compare
from taishi.app.blocks.guard import Guard
from taishi.app.blocks.states import DECIDED, expires
from taishi.app.roles import SYSTEM
from taishi.app.settings import DRY_RUN, Settings
from taishi.core.problems import Problem
from taishi.core.records import Block
from taishi.core.text import Text

#: An approved block that is older than this was left half-way: its act is no longer at work.
LEFT_AFTER = timedelta(minutes=1)


class Upkeep:
    """Keeps the devices as it was decided."""

    def __init__(self, book: Book, guard: Guard, carrying: Carrying) -> None:
        self._book = book
        self._guard = guard
        self._carrying = carrying
        self._settings = Settings(book.state, book.clock)
        #: What the last check found, by device; healed or not.
        self.found: Mapping[str, Text] = {}

    def expire_due(self) -> Sequence[Block]:
        """Lifts what is over its time and returns it; where the device fails the block says so and stays."""
        now = self._book.clock.now()
        due = [block for block in self._book.list(*DECIDED) if (end := expires(block)) and end <= now]
        lifted = [self._carrying.end(block, self._why_over(block)) for block in due]
        return [block for block in lifted if block]

    def _why_over(self, block: Block) -> str:
        """A host that goes free before its letter was rechecked is told as such."""
        named = "、".join(one.number or one.id for one in self._guard.unrechecked(block))
        return f"到期{f'（{named} 尚未复核）' if named else ''} / its time is over"

    def truth(self) -> Sequence[tuple[Drift, Mapping[str, datetime]]]:
        """Of every device in use how it differs, and what it should drop until when; changes nothing.

        Raises Problem where a device cannot be asked.
        """
        return [self._compared(name) for name in self._in_use()]

    def reconcile(self) -> Sequence[Drift]:
        """Heals what differs and returns it. What is protected now is lifted; what was approved and left
        half-way is carried out; a device that differs is set up anew. Every finding is in the audit.

        Devices are left alone in a dry run. Raises Problem where one cannot be asked.
        """
        self._lift_protected()
        self._finish_approved()
        drifts = [drift for drift, _ in self.truth() if drift]
        self.found = {drift.device: self._healed(drift) for drift in drifts}
        return drifts

    def _lift_protected(self) -> None:
        for block in self._book.list(*DECIDED):
            try:
                self._guard.allowed(block.address)
            except Problem as refused:
                self._carrying.end(block, str(refused))

    def _finish_approved(self) -> None:
        """Each by the approval that it has, under the conditions that count now."""
        now = self._book.clock.now()
        for block in self._book.list("approved"):
            end = expires(block)
            if block.approved_at and block.approved_at + LEFT_AFTER <= now and end and end > now:
                try:
                    self._carrying.apply(self._checked(block))
                except Problem as refused:
                    self._carrying.failed(block, str(refused))

    def _checked(self, block: Block) -> Block:
        with self._book.state.transaction():
            block = self._guard.checked(block)
            self._book.state.put(block)
            return block

    def _in_use(self) -> Sequence[str]:
        """Every device that drops for real: the one of the settings and those that carry blocks."""
        names = {block.enforcer or "" for block in self._book.list(*DECIDED)}
        known = self._carrying.enforcers.keys() & (names | {self._settings.enforcer()})
        return sorted(name for name in known if not name.endswith(DRY_RUN))

    def _compared(self, name: str) -> tuple[Drift, Mapping[str, datetime]]:
        """What is decided is read before and after the device is asked: it may change meanwhile."""
        before, standing = self._decided(name), self._carrying.enforcers[name].standing()
        after = self._decided(name)
        stood = {
            block.address: end
            for block in before.values()
            if _stands(block) and after.get(block.id) == block and (end := expires(block))
        }
        decided = frozenset(block.address for block in (*before.values(), *after.values()))
        return compare(name, stood, standing, decided), stood

    def _decided(self, name: str) -> dict[str, Block]:
        return {block.id: block for block in self._book.list(*DECIDED) if block.enforcer == name}

    def _healed(self, drift: Drift) -> Text:
        """What was found and whether it is healed, as it stands in the audit."""
        name = drift.device
        with self._book.state.transaction():  # nobody approves meanwhile
            stands = [(b, end) for b in self._decided(name).values() if _stands(b) and (end := expires(b))]
            done = self._carrying.restore(name, stands)
            healed = done.ok and not self._compared(name)[0]
            said = _outcome(drift.words, healed=healed, detail=done.detail)
            if healed or self.found.get(name) != said:
                self._book.state.decide(
                    self._book.clock.now(), SYSTEM, "reconcile", "enforcer", name, said.en, said.zh
                )
            for block, _ in stands:
                if healed and block.address in (*drift.missing, *drift.changed):
                    self._book.write(SYSTEM, "reapply", replace(block, why=None), "was not so on the device")
        return said


def _stands(block: Block) -> bool:
    return block.state == "applied" and not block.dry_run


def _outcome(found: Text, *, healed: bool, detail: str) -> Text:
    if healed:
        return Text(f"{found.zh}。已恢复", f"{found.en}. Healed")
    return Text(f"{found.zh}。未能恢复：{detail}", f"{found.en}. Not healed: {detail}")
