"""The device of a rehearsal: it keeps what it would drop, in the rehearsal's own data, and drops nothing."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from taishi.app.blocks import Blocks
from taishi.core.clock import Clock
from taishi.core.ports import Enforced, Standing, StateStore
from taishi.core.records import Block

NAME = "rehearsal"
_SETTING = "rehearsal.dropped"
#: A story's block ends by lifting only.
CENTURY_S = 100 * 365 * 86_400


def rehearsal_blocks(state: StateStore, clock: Clock, tell: Callable[[Block], object]) -> Blocks:
    """Blocks that no device but the pretended one carries."""
    return Blocks(state, clock, {NAME: RehearsalDevice(state)}, (), tell, CENTURY_S)


class RehearsalDevice:
    """Fits `taishi.core.ports.Enforcer`. Only a rehearsal's data directory has it (`taishi.app.desk`)."""

    name = NAME

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def apply(self, block: Block, expires: datetime) -> Enforced:
        return self._keep(self._ends() | {block.address: expires}, f"drop {block.address}")

    def lift(self, block: Block) -> Enforced:
        left = {address: end for address, end in self._ends().items() if address != block.address}
        return self._keep(left, f"pass {block.address}")

    def standing(self) -> Standing:
        return Standing(dict(self._ends()))

    def restore(self, blocks: Iterable[tuple[Block, datetime]]) -> Enforced:
        return self._keep({block.address: end for block, end in blocks}, "drop exactly these")

    def _ends(self) -> dict[str, datetime]:
        return msgspec.json.decode(self._state.setting(_SETTING) or "{}", type=dict[str, datetime])

    def _keep(self, ends: dict[str, datetime], command: str) -> Enforced:
        self._state.set_setting(_SETTING, msgspec.json.encode(ends, order="sorted").decode())
        return Enforced(True, False, (f"rehearsal: {command}",))
