"""Links to one letter each: made by staff, used once, exchanged for a session of that letter only."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from taishi.app.loop.acts import KEEPS
from taishi.app.portal.codes import digest, new_code, plain
from taishi.app.refusal import Refusal
from taishi.app.roles import require_or_system
from taishi.core.clock import Clock
from taishi.core.notice_records import Notice
from taishi.core.portal_records import PortalLink, PortalSession
from taishi.core.ports import Find, StateStore

#: How long a clerk has to open the same letter on a telephone.
HANDOVER = timedelta(minutes=15)
_NOBODY = "portal"


@dataclass(frozen=True)
class Entered:
    """A browser that came in: the token for its cookie, given out this once."""

    token: str
    session: PortalSession
    notice: Notice


class Links:
    """Every act is one transaction with its audit line. What does not let somebody in is told apart in the
    audit only: whoever tries sees the same, and costs the same, whatever was wrong."""

    def __init__(self, state: StateStore, clock: Clock, grace: Callable[[], timedelta]) -> None:
        """`grace`: how long after the letter's deadline its links work."""
        self._state, self._clock, self._grace = state, clock, grace

    def make(self, notice_id: str, by: str, purpose: str = "") -> tuple[str, PortalLink]:
        """(code, link). For a paper about a letter, such as a 催办函, it leads to that letter. Earlier links
        that nobody has used end; browsers that are in stay in. Raises Refusal before the letter has left."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *KEEPS)
            notice = self._left(notice_id)
            notice = self._left(notice.about) if notice.about else notice
            for old in self._of(notice.id):
                if old.used_at is None and old.revoked_at is None:
                    self._state.put(replace(old, revoked_at=self._clock.now()))
            code, link = self._made(notice, actor, purpose, self._until(notice))
            return code, link

    def hand_over(self, session: PortalSession) -> tuple[str, PortalLink]:
        """A link by which the clerk who is in opens the same letter in one more browser, soon."""
        with self._state.transaction():
            notice = self._left(session.notice_id)
            until = min(self._clock.now() + HANDOVER, session.expires_at)
            return self._made(notice, _NOBODY, "手机 phone", until)

    def _made(self, notice: Notice, actor: str, purpose: str, until: datetime) -> tuple[str, PortalLink]:
        code = new_code()
        link = PortalLink(digest(plain(code)), notice.id, self._clock.now(), actor, until, purpose)
        self._state.put(link)
        self._audit(actor, "make", notice.id, "link", purpose)
        return code, link

    def end(self, notice_id: str, by: str, why: str) -> None:
        """Every link to the letter, and every browser that is in, ends now."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *KEEPS)
            for link in self._of(notice_id):
                if link.revoked_at is None:
                    self._state.put(replace(link, revoked_at=self._clock.now()))
            for session in self._state.find(PortalSession, Find(where={"notice_id": notice_id})):
                self._state.delete(PortalSession, session.id)
            self._audit(actor, "end", notice_id, "links", why)

    def of(self, notice_id: str) -> Sequence[PortalLink]:
        """The links to a letter, oldest first."""
        return self._of(notice_id)

    def look(self, code: str) -> Notice | None:
        """The letter that a code would open now, None where it opens nothing. Changes nothing."""
        link, notice = self._found(code)
        return notice if link and notice and not self._fault(link, notice) else None

    def used(self, code: str) -> str:
        """The id of the letter whose link was used before: for the browser that used it."""
        link, _ = self._found(code)
        return link.notice_id if link and link.used_at else ""

    def refuse(self, code: str, place: str) -> bool:
        """Tells the audit why a link that exists opens nothing, and to what address. False where there is no
        such link: whoever counts the guesses tells of those."""
        link, notice = self._found(code)
        if link is None or notice is None:
            return False
        self.tell(notice.id, self._fault(link, notice) or "not sent by our page", place)
        return True

    def enter(self, code: str, place: str) -> Entered | None:
        """Uses a link up. None where it opens nothing: `refuse` tells then."""
        with self._state.transaction():
            link, notice = self._found(code)
            if link is None or notice is None or self._fault(link, notice):
                return None
            now, token = self._clock.now(), secrets.token_urlsafe(32)
            self._state.put(replace(link, used_at=now))
            session = PortalSession(
                digest(token), notice.id, link.id, secrets.token_urlsafe(24), now, self._until(notice)
            )
            self._state.put(session)
            self._audit(_NOBODY, "enter", notice.id, "done", f"from {place}")
            return Entered(token, session, notice)

    def session(self, notice_id: str, token: str) -> tuple[Notice, PortalSession] | None:
        """The letter and the session that a browser's token stands for: of that letter, and in time."""
        session = self._state.get(PortalSession, digest(token))
        notice = self._state.get(Notice, session.notice_id if session else "")
        if session is None or notice is None or session.notice_id != notice_id:
            return None
        return None if session.expires_at <= self._clock.now() else (notice, session)

    def leave(self, session: PortalSession) -> None:
        """The clerk is done in this browser."""
        with self._state.transaction():
            self._state.delete(PortalSession, session.id)
            self._audit(_NOBODY, "leave", session.notice_id, "done")

    def tell(self, notice_id: str, fault: str, place: str, count: int = 1) -> None:
        """A line in the audit about somebody who was not let in, or `count` of them."""
        times = f" ({count} times)" if count > 1 else ""
        self._audit(_NOBODY, "refuse", notice_id, f"{fault}{times}", f"from {place}")

    def _found(self, code: str) -> tuple[PortalLink | None, Notice | None]:
        """Two look-ups, whether there is such a link or not."""
        link = self._state.get(PortalLink, digest(plain(code)))
        return link, self._state.get(Notice, link.notice_id if link else "")

    def _fault(self, link: PortalLink, notice: Notice) -> str:
        """Why a link that exists opens nothing; empty where it opens its letter."""
        if link.revoked_at is not None:
            return "revoked"
        if link.used_at is not None:
            return "used"
        if link.expires_at <= self._clock.now():
            return "expired"
        return "" if notice.issued_at is not None and notice.state != "withdrawn" else "withdrawn"

    def _left(self, notice_id: str) -> Notice:
        notice = self._state.get(Notice, notice_id)
        if notice is None or notice.issued_at is None or notice.state == "withdrawn":
            raise Refusal(
                f"函件 {notice_id} 尚未发出或已撤回，不能生成链接",
                f"letter {notice_id} has not left, or is withdrawn; there can be no link to it",
            )
        return notice

    def _until(self, notice: Notice) -> datetime:
        return max(notice.deadline, self._clock.now()) + self._grace()

    def _of(self, notice_id: str) -> Sequence[PortalLink]:
        found = self._state.find(PortalLink, Find(where={"notice_id": notice_id}))
        return sorted(found, key=lambda link: link.made_at)

    def _audit(self, actor: str, action: str, notice_id: str, result: str, why: str = "") -> None:
        self._state.decide(self._clock.now(), actor, action, "portal", notice_id, result, why)
