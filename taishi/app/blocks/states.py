"""The states of a block and how long it lasts."""

from datetime import datetime, timedelta

from taishi.app.refusal import Refusal
from taishi.core.records import Block, BlockState
from taishi.core.text import Text

DEFAULT_TTL_S = 7 * 86_400
#: A unit's host stays blocked until its letter is rechecked: ten working days to answer, then seven days
#: of quiet, fit in.
HOST_TTL_S = 30 * 86_400
MAX_TTL_S = 90 * 86_400

#: Not at an end: a second block of the address would only hide the first.
OPEN: tuple[BlockState, ...] = ("proposed", "approved", "applied")
#: Approved by name and not at an end: what the device should drop.
DECIDED: tuple[BlockState, ...] = ("approved", "applied")
STATE_NAMES: dict[BlockState, Text] = {
    "proposed": Text("待审批", "waiting for approval"),
    "approved": Text("已批准、未生效", "approved, not applied"),
    "applied": Text("封禁中", "applied"),
    "lifted": Text("已解除", "lifted"),
    "rejected": Text("已驳回", "rejected"),
}


def expires(block: Block) -> datetime | None:
    """When the block ends; None before its approval."""
    return block.approved_at and block.approved_at + timedelta(seconds=block.ttl_s)


def checked_ttl(ttl_s: int, longest_s: int = MAX_TTL_S) -> int:
    """The same seconds. Raises Refusal where a block may not last that long."""
    if not 0 < ttl_s <= longest_s:
        raise Refusal(
            f"封禁时长须大于 0 且不超过 90 天，给的是 {ttl_s} 秒",
            f"a block lasts more than 0 s and at most 90 days, not {ttl_s} s",
        )
    return ttl_s
