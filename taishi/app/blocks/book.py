"""The book of blocks: what was decided, and the audit line of every change."""

from collections.abc import Iterable, Sequence

from taishi.app.blocks.states import STATE_NAMES
from taishi.app.refusal import Refusal, wrong_state
from taishi.core.clock import Clock
from taishi.core.ports import Find, StateStore
from taishi.core.records import Block, BlockState
from taishi.core.text import Text


class Book:
    """Reads and writes blocks; whoever writes stands in a transaction of `state`."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self.state = state
        self.clock = clock

    def list(self, *states: BlockState) -> Sequence[Block]:
        """Newest first; of every state where none is named."""
        where = {"state": states} if states else {}
        return self.state.find(Block, Find(where=where, order="created_at", descending=True))

    def get(self, block_id: str) -> Block:
        """Raises Refusal where there is none."""
        block = self.state.get(Block, block_id)
        if block is None:
            raise Refusal(f"没有封禁 {block_id}", f"there is no block {block_id}")
        return block

    def in_state(self, block_id: str, *states: BlockState) -> Block:
        """Raises Refusal where it is in another state."""
        block = self.get(block_id)
        if block.state not in states:
            what = Text(f"封禁 {block_id}", f"block {block_id}")
            raise wrong_state(what, STATE_NAMES[block.state], [STATE_NAMES[state] for state in states])
        return block

    def write(self, actor: str, action: str, block: Block, result: str, why: str = "") -> Block:
        """The block as it is now, with the line that says who did what."""
        self.state.put(block)
        self.state.decide(self.clock.now(), actor, action, "block", block.id, result, why)
        return block


def blocks_about(state: StateStore, alert_ids: Iterable[str], *states: BlockState) -> Sequence[Block]:
    """The blocks that belong to any of the alerts, oldest first; of every state where none is named."""
    where = {"state": states} if states else {}
    found: dict[str, Block] = {}
    for alert_id in alert_ids:
        for block in state.find(Block, Find(where=where, contains={"alerts": alert_id})):
            if alert_id in block.alerts:  # not a longer id that begins with it
                found[block.id] = block
    return sorted(found.values(), key=lambda block: (block.created_at, block.id))
