"""The other counters of a report: letters, blocks, coverage. Each counts its own things, never another's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from taishi.app.sensors import SensorStatus
from taishi.app.window import Window
from taishi.core.notice_records import MATTERS, OUTSTANDING, Notice
from taishi.core.ports import StateStore
from taishi.core.records import Block


@dataclass(frozen=True)
class NoticeFigures:
    """处置函 and 风险告知函 issued in the window: issued = closed + open + those withdrawn afterwards.

    `withdrawn` has those withdrawn before they were issued, too; `overdue`: open and past its deadline.
    """

    issued: int
    closed: int
    open: int
    withdrawn: int
    overdue: int


@dataclass(frozen=True)
class BlockFigures:
    """Blocks that took effect in the window, those in force at its moment, and those lifted in it."""

    applied: int
    active: int
    lifted: int


@dataclass(frozen=True)
class Coverage:
    """Sensors set up, and those of them that were heard."""

    expected: int
    live: int

    @property
    def pct(self) -> float | None:
        """None where none is set up."""
        return round(100 * self.live / self.expected, 1) if self.expected else None


def notice_figures(state: StateStore, window: Window, at: datetime) -> NoticeFigures:
    """Letters in the state they are in now; `at`: the moment deadlines are judged at, and the last issue."""
    found = [one for one in state.find(Notice) if one.type in MATTERS]
    issued = [one for one in found if one.issued_at and one.issued_at in window and one.issued_at <= at]
    opened = [one for one in issued if one.state in OUTSTANDING]
    return NoticeFigures(
        issued=len(issued),
        closed=sum(one.state == "closed" for one in issued),
        open=len(opened),
        withdrawn=sum(
            one.state == "withdrawn" and (one.issued_at or one.created_at) in window for one in found
        ),
        overdue=sum(one.overdue(at) for one in opened),
    )


def block_figures(state: StateStore, window: Window, at: datetime) -> BlockFigures:
    """Dry runs drop nothing and are not counted."""
    real = [one for one in state.find(Block) if not one.dry_run]
    return BlockFigures(
        applied=sum(_within(one.applied_at, window, at) for one in real),
        active=sum(_active(one, at) for one in real),
        lifted=sum(_within(one.lifted_at, window, at) for one in real),
    )


def coverage_of(statuses: Iterable[SensorStatus]) -> Coverage:
    """A sensor that waits for its first data is not heard."""
    found: Sequence[SensorStatus] = list(statuses)
    return Coverage(len(found), sum(one.state == "live" for one in found))


def _within(moment: datetime | None, window: Window, at: datetime) -> bool:
    return moment is not None and moment in window and moment <= at


def _active(block: Block, at: datetime) -> bool:
    if block.applied_at is None or block.applied_at > at or (block.lifted_at and block.lifted_at <= at):
        return False
    return at < (block.approved_at or block.applied_at) + timedelta(seconds=block.ttl_s)
