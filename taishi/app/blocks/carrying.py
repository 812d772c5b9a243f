"""Blocks on their devices. The device is asked outside of transactions: the approval is durable before
anything is dropped, and the state never says lifted while the device still drops."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from taishi.app.blocks.book import Book
from taishi.app.blocks.drift import compare
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
        done = _ask(lambda: self._applied(block, end))
        if not done.ok:
            return self.failed(block, f"设备未能执行 / the device failed: {done.detail}")
        now = self._keep_applied(block, done)
        if now.state == "lifted":  # while the device was at work
            self.ask_to_lift(block)
        elif self._tell and now.unit and not now.dry_run:
            self._tell(now)
        return now

    def prolong(self, block: Block) -> Block:
        """A block that stands has another end."""
        end = expires(block)
        done = _ask(lambda: self._applied(block, end)) if end else None
        if done and not done.ok:
            return self.failed(block, f"设备未能延长 / the device failed to prolong it: {done.detail}")
        return self._book.get(block.id)

    def _applied(self, block: Block, end: datetime) -> Enforced:
        """Done where the device itself lists the address until that end, and nothing is wrong with it."""
        device = self.device(block)
        done = device.apply(block, end)
        if not done.ok or done.dry_run:
            return done
        standing = device.standing()
        drift = compare(device.name, {block.address: end}, standing, frozenset(standing.ends))
        return dataclasses.replace(done, ok=False, detail=str(drift.words)) if drift else done

    def restore(self, name: str, blocks: Iterable[tuple[Block, datetime]]) -> Enforced:
        """The device drops exactly these."""
        return _ask(lambda: self.enforcers[name].restore(blocks))

    def end(self, block: Block, why: str) -> Block | None:
        """The system's own lifting; None where the device failed: the block says so and stays as it is."""
        done = self.ask_to_lift(block)
        if done.ok:
            return self.lifted(block.id, SYSTEM, why)
        self.failed(block, f"{why}；设备未能解除 / the device failed to lift: {done.detail}")
        return None

    def ask_to_lift(self, block: Block) -> Enforced:
        """Done where the device itself no longer lists the address."""
        return _ask(lambda: self._let_through(block))

    def _let_through(self, block: Block) -> Enforced:
        device = self.device(block)
        done = device.lift(block)
        if done.ok and not done.dry_run and block.address in device.standing().ends:
            return dataclasses.replace(done, ok=False, detail="设备仍在封禁 / the device still lists it")
        return done

    def lifted(self, block_id: str, by: str, why: str, act: str = "lift") -> Block:
        """The device lets the address through again."""
        with self._book.state.transaction():
            block = self._book.in_state(block_id, *DECIDED)
            now = self._book.clock.now()
            block = replace(block, state="lifted", lifted_by=by, lifted_at=now, why=why)
            return self._book.write(by, act, block, "lifted", why)

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
