"""The history of a letter: each move is one record of its own, beside its line in the audit."""

from collections.abc import Sequence
from datetime import datetime

from taishi.core.notice_records import Move, Notice, NoticeStep
from taishi.core.ports import Find, StateStore


def keep_move(
    state: StateStore, at: datetime, by: str, move: Move, notice: Notice, result: str, why: str = ""
) -> None:
    """The letter as it is after the move, its step and its audit line; call it in the act's transaction."""
    state.put(notice)
    number = state.count(NoticeStep, Find(where={"notice_id": notice.id})) + 1
    state.put(NoticeStep(f"{notice.id}-{number:04d}", notice.id, at, by, move, notice.state, why or result))
    state.decide(at, by, move, "notice", notice.id, result, why)


def history(state: StateStore, notice_id: str) -> Sequence[NoticeStep]:
    """Oldest first; a letter of a version that kept none has only what came since."""
    return state.find(NoticeStep, Find(where={"notice_id": notice_id}))
