"""The device of a rehearsal: it keeps what it would drop, in the rehearsal's own data, and drops nothing."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from taishi.core.ports import Enforced, StateStore
from taishi.core.records import Block

NAME = "rehearsal"
_SETTING = "rehearsal.dropped"


class RehearsalDevice:
    """Fits `taishi.core.ports.Enforcer`. Only a rehearsal's data directory has it (`taishi.app.desk`)."""

    name = NAME

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def apply(self, block: Block, expires: datetime) -> Enforced:
        del expires  # a story's blocks end by lifting only
        self._keep(self.active() | {block.address})
        return Enforced(True, False, (f"rehearsal: drop {block.address}",))

    def lift(self, block: Block) -> Enforced:
        self._keep(self.active() - {block.address})
        return Enforced(True, False, (f"rehearsal: pass {block.address}",))

    def active(self) -> frozenset[str]:
        return frozenset(msgspec.json.decode(self._state.setting(_SETTING) or "[]", type=list[str]))

    def _keep(self, addresses: Iterable[str]) -> None:
        self._state.set_setting(_SETTING, msgspec.json.encode(sorted(addresses)).decode())
