"""Who may come in: names, passwords, sessions."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec.structs import replace

from taishi.app.refusal import Refusal
from taishi.app.roles import ADMIN, ROLE_NAMES, SYSTEM, require
from taishi.core.clock import Clock
from taishi.core.ports import Find, StateStore
from taishi.core.records import Person, Role, Session

#: GB/T 22239-2019 8.1.4.1 asks for a lock after failures and an end of idle sessions; the figures are ours.
MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
MIN_PASSWORD = 12
#: A page view within this span of the last one does not write the session again.
SEEN_EVERY = timedelta(minutes=1)

#: A check of a password takes 64 MiB and some 0.1 s of a core (RFC 9106 section 4): so many at a time,
#: so many more that wait at most so long; whoever comes then is asked to try again.
CHECKS, WAITING, PATIENCE_S = 2, 6, 3.0
#: Failures of unknown names are told in the audit once in this span, with their number.
TELL_EVERY = timedelta(minutes=1)

#: No 0/O, 1/l/I: a first password is read from a screen or a slip of paper.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


class People:
    """Persons and their sessions. A person's id is the login name, which never changes and is what the
    audit and the letters call them."""

    def __init__(self, state: StateStore, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._state = state
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._places = BoundedSemaphore(CHECKS + WAITING)
        self._checks = BoundedSemaphore(CHECKS)
        self._untold = 0
        self._told_at: datetime | None = None

    @cached_property
    def _nobody(self) -> str:
        """An unknown name is checked against this, so that it takes as long as a wrong password.

        Made at the first check of any password, for it takes 0.2 s and most commands check none.
        """
        return self._hasher.hash(secrets.token_urlsafe(16))

    def first_person(self) -> tuple[str, str] | None:
        """Makes `admin` where nobody exists yet: (name, password to be changed), None where somebody does."""
        with self._state.transaction():
            if self._state.count(Person):
                return None
            person, password = self._add("admin", ("admin",), SYSTEM)
        return person.name, password

    def create(self, name: str, roles: Iterable[Role], by: str) -> tuple[Person, str]:
        """A new person with a first password that must be changed. Administrators only."""
        with self._state.transaction():
            admin = require(self._state, by, *ADMIN)
            return self._add(_checked_name(name), _checked_roles(roles), admin.id)

    def set_roles(self, person_id: str, roles: Iterable[Role], by: str) -> Person:
        """Other roles; none at all shuts the person out. The last administrator stays one."""
        with self._state.transaction():
            admin = require(self._state, by, *ADMIN)
            person = replace(self.get(person_id), roles=_checked_roles(roles))
            others = [p for p in self.list() if p.id != person.id and "admin" in p.roles]
            if "admin" not in person.roles and not others:
                raise Refusal("至少保留一名管理员", "one administrator must remain")
            self._state.put(person)
            if not person.roles:
                self._end_sessions(person.id)
            self._audit(admin.id, "set_roles", person.id, ",".join(person.roles))
            return person

    def reset_password(self, person_id: str, by: str) -> str:
        """A new first password for somebody who lost theirs; ends their sessions and their lock."""
        with self._state.transaction():
            admin = require(self._state, by, *ADMIN)
            password = _new_password()
            fresh = replace(
                self.get(person_id),
                secret=self._hasher.hash(password),
                must_change=True,
                failed=0,
                locked_until=None,
            )
            self._state.put(fresh)
            self._end_sessions(person_id)
            self._audit(admin.id, "reset_password", person_id, "done")
            return password

    def get(self, person_id: str) -> Person:
        """Raises Refusal where there is none."""
        person = self._state.get(Person, person_id)
        if person is None:
            raise Refusal(f"没有名为“{person_id}”的人员", f"there is no person {person_id}")
        return person

    def list(self) -> Sequence[Person]:
        return self._state.find(Person, Find(order="name"))

    def login(self, name: str, password: str) -> tuple[str, Session]:
        """(token for the cookie, session). Raises Refusal, in the same words whatever was wrong.

        The password is checked before the transaction (it takes a while), the lock inside it, so guesses
        made at the same time all count.
        """
        right = self._verify(self._state.get(Person, name), password)
        with self._state.transaction():
            person = self._state.get(Person, name)
            now = self._clock.now()
            self._tell_unknown(now, person is None)
            if person and right and person.roles and not _locked(person, now):
                return self._enter(person, now)
            if person:
                self._fail(person, now)
        raise Refusal(
            f"登录失败：姓名或口令不正确，或因连续 {MAX_FAILURES} 次失败已锁定 15 分钟",
            f"name or password is wrong, or locked for 15 minutes after {MAX_FAILURES} failures",
        )

    def session(self, token: str) -> tuple[Person, Session] | None:
        """Whose token it is; None where it is unknown, idle for 30 minutes or older than 12 hours."""
        session = self._state.get(Session, _digest(token))
        if session is None:
            return None
        now = self._clock.now()
        person = self._state.get(Person, session.person)
        if person is None or now - session.seen_at >= IDLE or now - session.created_at >= ABSOLUTE:
            self._state.delete(Session, session.id)
            return None
        if now - session.seen_at >= SEEN_EVERY:
            session = replace(session, seen_at=now)
            self._touch(session)
        return person, session

    def logout(self, token: str) -> None:
        with self._state.transaction():
            session = self._state.get(Session, _digest(token))
            if session is not None:
                self._state.delete(Session, session.id)
                self._audit(session.person, "logout", session.person, "done")

    def change_password(self, person_id: str, old: str, new: str, keep: str | None = None) -> None:
        """Sets one's own password and ends one's sessions, but for the one of the token `keep`.

        Raises Refusal where the old one is wrong (it counts as a failed login) or the new one is too weak.
        """
        right = self._verify(self.get(person_id), old)
        with self._one_of_few():
            secret = self._hasher.hash(new)
        with self._state.transaction():
            person, now = self.get(person_id), self._clock.now()
            if right and not _locked(person, now):
                _check_password(person.name, old, new)
                self._state.put(
                    replace(person, secret=secret, must_change=False, failed=0, locked_until=None)
                )
                self._end_sessions(person.id, keep)
                self._audit(person.id, "change_password", person.id, "done")
                return
            self._fail(person, now)
        raise Refusal("原口令不正确，或账号已锁定", "the old password is wrong, or the account is locked")

    def set_language(self, person_id: str, language: Literal["zh", "en"]) -> Person:
        with self._state.transaction():
            person = replace(self.get(person_id), language=language)
            self._state.put(person)
            return person

    def _add(self, name: str, roles: tuple[Role, ...], by: str) -> tuple[Person, str]:
        if self._state.get(Person, name) is not None:
            raise Refusal(f"已有名为“{name}”的人员", f"there is a person {name} already")
        password = _new_password()
        person = Person(id=name, name=name, roles=roles, secret=self._hasher.hash(password))
        self._state.put(person)
        self._audit(by, "create", name, ",".join(roles))
        return person, password

    def _verify(self, person: Person | None, password: str) -> bool:
        with self._one_of_few():
            nobody = self._nobody
            try:
                self._hasher.verify(person.secret if person else nobody, password)
            except (VerificationError, InvalidHashError):
                return False
            return person is not None

    @contextmanager
    def _one_of_few(self) -> Iterator[None]:
        """Room for one check of a password. Raises Refusal where too many wait or it takes too long."""
        busy = Refusal("登录请求过多，请稍后再试", "too many logins at once; try again in a moment")
        if not self._places.acquire(blocking=False):
            raise busy
        try:
            if not self._checks.acquire(timeout=PATIENCE_S):
                raise busy
            try:
                yield
            finally:
                self._checks.release()
        finally:
            self._places.release()

    def _enter(self, person: Person, now: datetime) -> tuple[str, Session]:
        token = secrets.token_urlsafe(32)
        session = Session(_digest(token), person.id, secrets.token_urlsafe(32), created_at=now, seen_at=now)
        self._state.put(replace(person, failed=0, locked_until=None), session)
        self._sweep(person.id, now)
        self._audit(person.id, "login", person.id, "done")
        return token, session

    def _tell_unknown(self, now: datetime, one_more: bool) -> None:
        """Counts a failure of an unknown name; those not told yet are told when it is time."""
        self._untold += one_more
        if self._untold and (self._told_at is None or now - self._told_at >= TELL_EVERY):
            times = f" {self._untold} times" if self._untold > 1 else ""
            self._audit("unknown", "login", "unknown", f"refused{times}")
            self._untold, self._told_at = 0, now

    def _fail(self, person: Person, now: datetime) -> None:
        """Counts a failure; none while a lock lasts, so that nobody can be kept out for ever."""
        if _locked(person, now):
            self._audit(person.id, "login", person.id, "refused: locked")
            return
        failed = person.failed + 1
        locked = failed >= MAX_FAILURES
        self._state.put(
            replace(person, failed=0 if locked else failed, locked_until=now + LOCK if locked else None)
        )
        self._audit(person.id, "login", person.id, "refused: now locked" if locked else "refused")

    def _touch(self, session: Session) -> None:
        """Renews the session unless it was ended meanwhile."""
        with self._state.transaction():
            if self._state.get(Session, session.id) is not None:
                self._state.put(session)

    def _end_sessions(self, person_id: str, keep: str | None = None) -> None:
        kept = _digest(keep) if keep else None
        for session in self._state.find(Session, Find(where={"person": person_id})):
            if session.id != kept:
                self._state.delete(Session, session.id)

    def _sweep(self, person_id: str, now: datetime) -> None:
        """Forgets sessions that are over, so the table does not grow with every login."""
        for session in self._state.find(Session, Find(where={"person": person_id})):
            if now - session.seen_at >= IDLE or now - session.created_at >= ABSOLUTE:
                self._state.delete(Session, session.id)

    def _audit(self, actor: str, action: str, person_id: str, result: str) -> None:
        self._state.decide(self._clock.now(), actor, action, "person", person_id, result)


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _new_password() -> str:
    """16 characters of 57: 93 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))


def _locked(person: Person, now: datetime) -> bool:
    return person.locked_until is not None and now < person.locked_until


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 32 or not name.replace("-", "").replace(".", "").replace("_", "").isalnum():
        raise Refusal(
            f"姓名“{name}”不可用：1 至 32 个汉字、字母、数字或 . _ -",
            f"name {name!r}: 1 to 32 letters, digits, Chinese characters or . _ -",
        )
    if name.lower() in (SYSTEM, "unknown"):
        raise Refusal(f"“{name}”为系统保留", f"{name} is reserved")
    return name


def _checked_roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    given = set(roles)
    unknown = sorted(given - ROLE_NAMES.keys())
    if unknown:
        raise Refusal(f"没有角色 {unknown[0]}", f"no role {unknown[0]}; roles are {', '.join(ROLE_NAMES)}")
    return tuple(role for role in ROLE_NAMES if role in given)


def _check_password(name: str, old: str, new: str) -> None:
    if len(new) < MIN_PASSWORD:
        raise Refusal(
            f"新口令至少 {MIN_PASSWORD} 个字符", f"the new password needs at least {MIN_PASSWORD} characters"
        )
    if new.casefold() == name.casefold() or (len(name) >= 4 and name.casefold() in new.casefold()):
        raise Refusal("新口令不得为姓名或包含姓名", "the new password must not be or contain the name")
    if new == old:
        raise Refusal("新口令不得与原口令相同", "the new password must differ from the old one")
