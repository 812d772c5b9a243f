"""What every act of the loop begins and ends with."""

from dataclasses import dataclass

from notices.life.moves import hindrance
from taishi.app.letters import Letters
from taishi.app.loop.actors import UNIT, acting, is_unit
from taishi.app.notice_history import keep_move
from taishi.app.refusal import Refusal
from taishi.core.clock import Clock
from taishi.core.notice_records import Move, Notice
from taishi.core.ports import StateStore
from taishi.core.records import Role

#: Who keeps the letters: enters what units say, rechecks what they did.
KEEPS: tuple[Role, ...] = ("analyst", "approver", "admin")
#: What may be done with a paper about a letter: it arrives or not, and asks for nothing of its own.
_OF_PAPERS: tuple[Move, ...] = ("receive", "bounce")


@dataclass(frozen=True)
class Acts:
    """May it be done, and what was done is kept. Called inside the act's transaction."""

    state: StateStore
    clock: Clock
    letters: Letters

    def may(self, notice_id: str, move: Move, by: str, *roles: Role) -> tuple[Notice, str]:
        """The letter, where its state allows the move, and the actor's id. Raises Refusal."""
        notice = self.letters.get(notice_id)
        actor = acting(self.state, notice, by, *roles)
        if notice.about is not None and move not in _OF_PAPERS:
            raise Refusal(
                f"{notice.id} 是关于函件 {notice.about} 的文书，请在该函件中办理",
                f"{notice.id} is a paper about letter {notice.about}; act on that one",
            )
        why = hindrance(notice, move)
        if why is not None:
            raise Refusal(why.zh, why.en)
        return notice, actor

    def staff(self, notice_id: str, move: Move, by: str, *roles: Role) -> tuple[Notice, str]:
        """As `may`, for what no unit does itself."""
        if is_unit(by):
            raise Refusal("此操作由主管部门办理", f"this is not for a unit to do: {by.removeprefix(UNIT)}")
        return self.may(notice_id, move, by, *roles)

    def keep(self, notice: Notice, move: Move, actor: str, why: str = "") -> Notice:
        """The letter as it is now, with its step and its audit line."""
        keep_move(self.state, self.clock.now(), actor, move, notice, notice.state, why)
        return notice
