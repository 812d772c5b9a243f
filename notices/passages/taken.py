"""What the bureau did: blocks that a device really carried when the letter was drawn up."""

from collections.abc import Iterator

from notices import wording
from notices.matter import Matter
from notices.texts import Texts


def taken(matter: Matter, texts: Texts) -> Iterator[str]:
    for block in matter.blocks:
        applied = wording.moment(block.applied_at or matter.created_at)
        key = "passages.block" if block.unit == matter.unit else "passages.block_outside"
        yield texts.say(key, {"时间": applied, "地址": block.address})
