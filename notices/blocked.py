"""Which blocks a letter may speak of: only those that a device truly carried, as things stood when the
letter was drawn up; nothing that happens later changes its text."""

from collections.abc import Iterable
from datetime import datetime

from taishi.core.notice_records import Notice
from taishi.core.records import Block


def standing(notice: Notice, blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Those on addresses of the letter that dropped packets then, in the order they were applied."""
    at = notice.created_at
    return _sorted(
        block for block in _carried(notice, blocks) if block.lifted_at is None or block.lifted_at > at
    )


def lifted(notice: Notice, blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Those on addresses of the letter that had ended by then, of each address the last; none of an address
    that was still blocked."""
    at = notice.created_at
    blocked = {block.address for block in standing(notice, blocks)}
    ended = _sorted(
        block
        for block in _carried(notice, blocks)
        if block.lifted_at is not None and block.lifted_at <= at and block.address not in blocked
    )
    return tuple({block.address: block for block in ended}.values())


def _carried(notice: Notice, blocks: Iterable[Block]) -> Iterable[Block]:
    concerned = {address for item in notice.items for address in (item.address, *item.peers)}
    at = notice.created_at
    return (
        block
        for block in blocks
        if block.address in concerned and not block.dry_run and block.state in ("applied", "lifted")
        if block.applied_at is not None and block.applied_at <= at
    )


def _sorted(blocks: Iterable[Block]) -> tuple[Block, ...]:
    def order(block: Block) -> tuple[datetime, str]:
        return block.applied_at or block.created_at, block.address

    return tuple(sorted(blocks, key=order))
