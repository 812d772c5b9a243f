"""Which move is allowed in which state, and what state it leads to. The diagram is in docs/notice-loop.md."""

from dataclasses import dataclass
from datetime import datetime

from taishi.core.notice_records import (
    MOVE_NAMES,
    OUTSTANDING,
    STATE_NAMES,
    UNANSWERED,
    Move,
    Notice,
    NoticeState,
)
from taishi.core.problems import Refused
from taishi.core.text import Text


@dataclass(frozen=True)
class Way:
    """The states a move may start from, and the one it leads to; None: it stays where it is."""

    start: tuple[NoticeState, ...]
    to: NoticeState | None = None


MOVES: dict[Move, Way] = {
    "draft": Way(("drafted",)),
    "approve": Way(("drafted",), "approved"),
    "issue": Way(("approved",), "issued"),
    "append": Way(OUTSTANDING),
    "receive": Way(("issued",), "received"),
    "start": Way(("issued", "received"), "rectifying"),
    "ask": Way(UNANSWERED),
    "extend": Way(UNANSWERED),
    "object": Way(UNANSWERED),
    "settle": Way(OUTSTANDING),
    "answer": Way(UNANSWERED, "answered"),
    "return": Way((*UNANSWERED, "answered", "rechecked"), "rectifying"),
    "recheck": Way(("answered", "rechecked"), "rechecked"),
    "close": Way(("rechecked",), "closed"),
    "reopen": Way(("answered", "rechecked", "closed"), "rectifying"),
    "withdraw": Way(("drafted", "approved", *OUTSTANDING), "withdrawn"),
    "remind": Way(UNANSWERED),
    "bounce": Way(OUTSTANDING),
}


def hindrance(notice: Notice, move: Move) -> Text | None:
    """Why the letter cannot make that move in its state; None where it can."""
    way, now = MOVES[move], STATE_NAMES[notice.state]
    if notice.state in way.start:
        return None
    needed, what = [STATE_NAMES[state] for state in way.start], MOVE_NAMES[move]
    return Text(
        f"函件 {notice.id} 状态为“{now.zh}”，须为“{'、'.join(name.zh for name in needed)}”才能{what.zh}",
        f"letter {notice.id} is {now.en}; it can be {what.en} only where it is "
        + " or ".join(name.en for name in needed),
    )


def allowed(notice: Notice) -> tuple[Move, ...]:
    """Every move that the letter's state allows."""
    return tuple(move for move in MOVES if hindrance(notice, move) is None)


def require(notice: Notice, move: Move, at: datetime) -> None:
    """Raises Refused where the state does not allow the move, or its moment lies before the last one."""
    why = hindrance(notice, move)
    if why is not None:
        raise Refused(f"{why.zh} / {why.en}")
    if at < last_moment(notice):
        raise Refused(f"letter {notice.id}: {at.isoformat()} is before its last act; check the clock")


def last_moment(notice: Notice) -> datetime:
    """When the letter last moved, as far as it notes that itself."""
    moments = (
        notice.created_at,
        notice.approved_at,
        notice.issued_at,
        notice.received_at,
        notice.answered_at,
        notice.opinion.at if notice.opinion else None,
        notice.closed_at,
        notice.reopened_at,
    )
    return max(moment for moment in moments if moment is not None)
