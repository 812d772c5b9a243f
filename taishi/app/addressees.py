"""Whether what a letter says is its addressee's: each address at the time of what was seen there."""

from collections.abc import Iterator
from datetime import datetime

from enrichment.register import AddressRegister
from notices.wording import stamp
from taishi.app.refusal import Refusal
from taishi.core.notice_records import Notice, NoticeItem


def refuse_disowned(register: AddressRegister, notice: Notice) -> None:
    """Raises Refusal where an address was not the unit's at one of the times that the letter tells of.

    An address that the register does not know keeps the owner that its events told.
    """
    for item in notice.items:
        if register.owner(item.address, item.last_seen) is None:
            continue
        for at in _told(item):
            owner = register.owner(item.address, at)
            if owner is None or owner.unit != notice.unit:
                held = owner.unit if owner else "未登记"
                raise Refusal(
                    f"函件 {notice.id}：{item.address} 在 {stamp(at)} 不属于{notice.unit}（台账：{held}），"
                    "请核对台账的起止时间，或者排除该告警后重新起草",
                    f"letter {notice.id}: {item.address} did not belong to {notice.unit} at {stamp(at)}"
                    f" (register: {held}); check the register's times, or dismiss the alert and draft anew",
                )


def of_others(register: AddressRegister, notice: Notice) -> frozenset[str]:
    """The other sides of what was seen that belonged to other units then."""
    return frozenset(
        peer
        for item in notice.items
        for peer in item.peers
        if (owner := register.owner(peer, item.last_seen)) is not None and owner.unit != notice.unit
    )


def _told(item: NoticeItem) -> Iterator[datetime]:
    yield item.first_seen
    yield item.last_seen
    yield from (each.time for each in item.evidence)
