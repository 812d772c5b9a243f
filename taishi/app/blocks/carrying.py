"""Blocks on their devices. The device is asked outside of transactions: the approval is durable before
anything is dropped, and the state never says lifted while the device still drops."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from taishi.app.blocks.book import Book
from taishi.app.blocks.states import DECIDED, expires
from taishi.app.refusal import Refusal
from taishi.app.roles import SYSTEM
from taishi.core.ports import Enforced, Enforcer
from taishi.core.problems import Problem
from taishi.core.records import Block


class Carrying:
    """Asks the device of a block and writes down what came of it."""

    def __init__(
        self, book: Book, enforcers: Mapping[str, Enforcer], tell: Callable[[Block], object] | None
    ) -> None:
        """`enforcers` by the name the settings use; `tell` is called when a unit's host was really
        blocked."""
        self._book = book
        self.enforcers = enforcers
        self._tell = tell

    def device(self, block: Block) -> Enforcer:
        """Raises Refusal where there is no device of that name."""
        device = self.enforcers.get(block.enforcer or "")
        if device is None:
            raise Refusal(
                f"没有名为“{block.enforcer}”的封禁设备，请在“系统”中选择",
                f"no enforcer {block.enforcer}; choose one of {', '.join(sorted(self.enforcers))}",
            )
        return device

    def apply(self, block: Block) -> Block:
        """An approved block takes effect, or says why not."""
        end = expires(block)
        if end is None or end <= self._book.clock.now():
            raise Refusal(f"封禁 {block.id} 已过期", f"the time of block {block.id} is over")
        done = _ask(lambda: self.device(block).apply(block, end))
        if not done.ok:
            return self.failed(block, f"设备未能执行 / the device failed: {done.detail}")
        now = self._keep_applied(block, done)
        if now.state == "lifted":  # while the device was at work
            self.ask_to_lift(block)
        elif self._tell and now.unit and not now.dry_run:
            self._tell(now)
        return now

    def apply_again(self, block: Block) -> bool:
        """Whether a block that stands is on its device again."""
        end = expires(block)
        if end is None or end <= self._book.clock.now() or self._book.get(block.id).state != "applied":
            return False
        done = _ask(lambda: self.device(block).apply(block, end))
        if not done.ok:
            self.failed(block, f"设备未能执行 / the device failed: {done.detail}")
            return False
        with self._book.state.transaction():
            now = self._book.get(block.id)
            if now.state == "applied":
                commands = "\n".join(done.commands)
                self._book.write(
                    SYSTEM, "reapply", replace(now, why=None), "was missing on the device", commands
                )
                return True
        self.ask_to_lift(block)  # lifted while the device was at work
        return False

    def lift(self, block: Block, by: str, why: str) -> Block | None:
        """The block at its end; None where the device failed: it says so and stays as it is."""
        done = self.ask_to_lift(block)
        if done.ok:
            return self.lifted(block.id, by, why)
        self.failed(block, f"到期但设备未能解除 / due, but the device failed: {done.detail}")
        return None

    def ask_to_lift(self, block: Block) -> Enforced:
        return _ask(lambda: self.device(block).lift(block))

    def lifted(self, block_id: str, by: str, why: str) -> Block:
        """The device lets the address through again."""
        with self._book.state.transaction():
            block = self._book.in_state(block_id, *DECIDED)
            now = self._book.clock.now()
            block = replace(block, state="lifted", lifted_by=by, lifted_at=now, why=why)
            return self._book.write(by, "lift", block, "lifted", why)

    def failed(self, block: Block, why: str) -> Block:
        """The block says what its device could not do, once."""
        with self._book.state.transaction():
            now = self._book.get(block.id)
            if now.why != why and now.state in DECIDED:
                return self._book.write(SYSTEM, "enforce", replace(now, why=why), "failed", why)
            return now

    def _keep_applied(self, block: Block, done: Enforced) -> Block:
        with self._book.state.transaction():
            now = self._book.get(block.id)
            if now.state != "approved":
                return now
            at = self._book.clock.now()
            now = replace(now, state="applied", dry_run=done.dry_run, applied_at=at, why=None)
            result = "dry run" if done.dry_run else "applied"
            return self._book.write(SYSTEM, "apply", now, result, "\n".join(done.commands))


def _ask(act: Callable[[], Enforced]) -> Enforced:
    """A device that raises has failed; its words are kept."""
    try:
        return act()
    except (Problem, OSError, TimeoutError) as error:
        return Enforced(ok=False, dry_run=False, commands=(), detail=str(error))
