"""What is done about blocks every minute: those over their time end, those a device lost come back."""

from collections.abc import Sequence

from taishi.app.blocks.book import Book
from taishi.app.blocks.carrying import Carrying
from taishi.app.blocks.guard import Guard
from taishi.app.blocks.states import DECIDED, expires
from taishi.app.roles import SYSTEM
from taishi.app.settings import DRY_RUN, Settings
from taishi.core.problems import Problem
from taishi.core.records import Block


class Upkeep:
    """Keeps the devices as it was decided."""

    def __init__(self, book: Book, guard: Guard, carrying: Carrying) -> None:
        self._book = book
        self._guard = guard
        self._carrying = carrying
        self._settings = Settings(book.state, book.clock)
        self._strangers: frozenset[str] = frozenset()

    def expire_due(self) -> Sequence[Block]:
        """Lifts what is over its time and returns it; where the device fails the block says so and stays."""
        now = self._book.clock.now()
        due = [block for block in self._book.list(*DECIDED) if (end := expires(block)) and end <= now]
        lifted = [self._carrying.lift(block, SYSTEM, "到期 / its time is over") for block in due]
        return [block for block in lifted if block]

    def reconcile(self) -> Sequence[Block]:
        """Applies again, and returns, what the device in use should drop and does not.

        An address on the device that nobody decided is told in the audit, once while it stays, and left.
        Does nothing in a dry run. Raises Problem where the device cannot be asked.
        """
        name = self._settings.enforcer()
        device = self._carrying.enforcers.get(name)
        if device is None or name.endswith(DRY_RUN):
            return []
        due = [b for b in self._book.list("applied") if b.enforcer == name and not b.dry_run]
        decided = self._decided()
        active = device.active()
        self._report(name, active - decided - self._decided())
        return [b for b in due if b.address not in active and self._applied_again(b)]

    def _decided(self) -> set[str]:
        return {block.address for block in self._book.list(*DECIDED)}

    def _report(self, name: str, strangers: frozenset[str]) -> None:
        if strangers - self._strangers:
            listed = " ".join(sorted(strangers))
            self._book.state.decide(
                self._book.clock.now(), SYSTEM, "reconcile", "enforcer", name, f"nobody decided: {listed}"
            )
        self._strangers = strangers

    def _applied_again(self, block: Block) -> bool:
        try:
            self._guard.allowed(block.address)
        except Problem as refused:  # protected since
            self._carrying.failed(block, str(refused))
            return False
        return self._carrying.apply_again(block)
