"""What may be blocked: never a protected address, never a unit's host behind its back."""

from collections.abc import Sequence
from ipaddress import ip_address

from msgspec.structs import replace

from taishi.app.alerts import needed_alert
from taishi.app.networks import Protected, protecting, read_network
from taishi.app.refusal import Refusal
from taishi.app.settings import DRY_RUN, Settings
from taishi.app.whose import plain, whose
from taishi.core.clock import Clock
from taishi.core.notice_records import OUTSTANDING, Notice, NoticeItem, NoticeState
from taishi.core.ports import Find, StateStore
from taishi.core.records import Block, Verdict

#: A letter in one of these waits for the opinion that the host may be let through again.
_UNRECHECKED: tuple[NoticeState, ...] = tuple(state for state in OUTSTANDING if state != "rechecked")
#: A letter in one of these tells a unit, or will, that its host is blocked.
_TELLING: tuple[NoticeState, ...] = ("drafted", "approved", *OUTSTANDING)


class Guard:
    """Asked before anything is proposed, and again before a device is told to drop it."""

    def __init__(self, state: StateStore, clock: Clock, protected: tuple[str, ...]) -> None:
        """`protected` in addition to what the settings list."""
        self._state = state
        self._clock = clock
        self._settings = Settings(state, clock)
        self._protected = tuple(Protected.read(line) for line in protected)

    def protected(self) -> tuple[Protected, ...]:
        """Everything that is never blocked."""
        return self._settings.protected() + self._protected

    def allowed(self, address: str) -> str:
        """The address in its plain form. Raises Refusal for a network or a protected address, also where a
        network only contains one."""
        network = read_network(address)
        entry = protecting(address, self.protected())
        if entry is not None:
            raise Refusal(f"{address} 受保护（{entry}），不得封禁", f"{address} is protected: {entry}")
        if network.num_addresses != 1:
            raise Refusal(
                f"{address} 是网段，只能封禁单个地址", f"{address} is a network; one address a block"
            )
        return str(ip_address(network.network_address))

    def whose(self, address: str, verdict: Verdict) -> tuple[str, str | None]:
        """(scope, unit) of the address now; see `taishi.app.whose`."""
        return whose(self._state, self._settings.internal(), address, verdict, self._clock.now())

    def checked(self, block: Block) -> Block:
        """The block with the scope and unit that its address has now. Raises Refusal where its device may
        not drop it now."""
        scope, unit = self.whose(block.address, needed_alert(self._state, block.alert_id).verdict)
        block = replace(block, scope=scope, unit=unit)
        self.allowed(block.address)
        self._refuse_untold(block)
        return block

    def unrechecked(self, block: Block) -> Sequence[Notice]:
        """The letters that left to the block's unit about this host and have no recheck opinion yet."""
        return [] if block.unit is None or block.dry_run else self._naming(block, _UNRECHECKED)

    def _naming(self, block: Block, states: tuple[NoticeState, ...]) -> Sequence[Notice]:
        """The unit's letters in these states that name the block's address for one of its alerts; not those
        that only belong to another letter."""
        letters = self._state.find(Notice, Find(where={"unit": block.unit, "state": states}))
        own = (one for one in letters if one.about is None)
        return [one for one in own if any(_names(item, block) for item in one.items)]

    def _refuse_untold(self, block: Block) -> None:
        """A unit's host is not really blocked while no letter to that unit names it for one of the alerts."""
        if block.unit is None or (block.enforcer or "").endswith(DRY_RUN) or self._naming(block, _TELLING):
            return
        raise Refusal(
            f"{block.address} 属于{block.unit}，请先就告警 {block.alert_id} 起草致该单位、写明该地址的函",
            f"{block.address} is of {block.unit}; first draft a letter to it about {block.alert_id}"
            " that names the address",
        )


def _names(item: NoticeItem, block: Block) -> bool:
    return item.alert_id in block.alerts and block.address in map(plain, (item.address, *item.peers))
