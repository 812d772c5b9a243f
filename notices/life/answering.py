"""What passes between the unit and us once a letter has left: receipt, answer, extension, objection."""

from datetime import datetime

from msgspec.structs import replace

from notices.life.moves import require
from taishi.core.notice_records import Extension, Notice, Objection, Wish
from taishi.core.problems import Refused


def receive(notice: Notice, *, by: str, at: datetime) -> Notice:
    """签收."""
    require(notice, "receive", at)
    return replace(notice, state="received", received_at=at, received_by=by)


def start(notice: Notice, *, by: str, at: datetime) -> Notice:
    """整改中; who rectifies has received it."""
    require(notice, "start", at)
    return replace(_received(notice, by, at), state="rectifying")


def answer(notice: Notice, *, by: str, at: datetime) -> Notice:
    """已报: both papers are in and complete."""
    require(notice, "answer", at)
    return replace(_received(notice, by, at), state="answered", answered_at=at, answered_by=by, wish=None)


def return_(notice: Notice, *, by: str, at: datetime) -> Notice:
    """退回: what came is not enough. The deadline stays."""
    require(notice, "return", at)
    return replace(
        _received(notice, by, at),
        state="rectifying",
        returned=notice.returned + 1,
        answered_at=None,
        answered_by=None,
        opinion=None,
    )


def ask(notice: Notice, *, by: str, at: datetime, why: str, days: int) -> Notice:
    """The unit asks for more working days; a later wish takes the place of an undecided one."""
    require(notice, "ask", at)
    return replace(notice, wish=Wish(at, by, why, days))


def extend(notice: Notice, *, by: str, at: datetime, why: str, days: int, deadline: datetime) -> Notice:
    """延期 to a later deadline. Raises Refused where it is not later."""
    require(notice, "extend", at)
    if deadline <= notice.deadline:
        raise Refused(f"letter {notice.id}: {deadline.isoformat()} is not after its deadline")
    granted = Extension(at, by, why, days, notice.deadline)
    return replace(notice, deadline=deadline, extensions=(*notice.extensions, granted), wish=None)


def object_(notice: Notice, *, by: str, at: datetime, why: str, alert_id: str | None = None) -> Notice:
    """异议 about one alert of the letter, or all. Raises Refused where one waits to be settled already."""
    require(notice, "object", at)
    if notice.objection is not None and notice.objection.accepted is None:
        raise Refused(f"letter {notice.id}: an objection waits to be settled already")
    return replace(notice, objection=Objection(at, by, why, alert_id))


def settle(notice: Notice, *, by: str, at: datetime, accepted: bool, why: str) -> Notice:
    """The objection is right or not; what follows from a right one is the caller's. Raises Refused without
    one that waits."""
    require(notice, "settle", at)
    if notice.objection is None or notice.objection.accepted is not None:
        raise Refused(f"letter {notice.id}: no objection waits to be settled")
    settled = replace(notice.objection, accepted=accepted, settled_at=at, settled_by=by, answer=why)
    return replace(notice, objection=settled)


def _received(notice: Notice, by: str, at: datetime) -> Notice:
    """Whoever acts on a letter has it, whether they signed for it or not."""
    if notice.received_at is not None:
        return notice
    return replace(notice, received_at=at, received_by=by)
