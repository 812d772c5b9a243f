"""What a letter's page shows of its life: what is needed next, what this person may do, papers, history."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.frame import Frame
from notices.life.moves import allowed
from taishi.app.loop.acts import KEEPS
from taishi.app.roles import APPROVE
from taishi.core.notice_records import Move, Notice, NoticeStep, Paper
from taishi.core.records import Block, Contact, Role
from taishi.core.text import Text

#: The moves that staff make on this page, and who may.
_ROLES: dict[Move, tuple[Role, ...]] = {
    "receive": KEEPS,
    "start": KEEPS,
    "answer": KEEPS,
    "return": KEEPS,
    "extend": APPROVE,
    "object": KEEPS,
    "settle": APPROVE,
    "recheck": KEEPS,
    "close": APPROVE,
    "reopen": KEEPS,
    "bounce": KEEPS,
}


@dataclass(frozen=True)
class LetterLife:
    """`acts`: what this person may do now; `lacking`: why the unit's `papers` are no complete answer;
    `about`: the papers that we wrote about it; `contacts`: who is told, whom first before the others;
    `blocks`: standing ones of the unit's hosts."""

    acts: frozenset[Move]
    lacking: Sequence[Text]
    papers: Sequence[Paper]
    about: Sequence[Notice]
    contacts: Sequence[Contact]
    blocks: Sequence[Block]
    steps: Sequence[NoticeStep]


def life_of(seen: Frame, notice: Notice) -> LetterLife:
    """Newest step first."""
    loop = seen.desk.loop
    return LetterLife(
        acts=frozenset(_acts(seen, notice)),
        lacking=loop.lacking(notice) if notice.issued_at and notice.about is None else (),
        papers=loop.papers_of(notice.id),
        about=seen.desk.letters.papers_about(notice.id),
        contacts=loop.contacts_of(notice),
        blocks=loop.blocks_of(notice),
        steps=loop.history(notice.id)[::-1],
    )


def _acts(seen: Frame, notice: Notice) -> Sequence[Move]:
    waits = notice.objection is not None and notice.objection.accepted is None
    hidden: set[Move] = {"object"} if waits else {"settle"}
    if notice.about is not None:
        hidden |= _ROLES.keys() - {"receive", "bounce"}
    may = [move for move in allowed(notice) if move in _ROLES and move not in hidden]
    return [move for move in may if seen.may(*_ROLES[move])]
