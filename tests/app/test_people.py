"""Who may come in, and what keeps everybody else out."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from typing import Literal

import pytest
from argon2 import PasswordHasher

from taishi.app.people import People
from taishi.core.clock import FixedClock
from taishi.core.ports import StateStore
from taishi.core.problems import Refused
from taishi.core.records import Person, Session


@dataclass
class Door:
    """People with `admin` as the first person."""

    state: StateStore
    clock: FixedClock
    password: str = ""
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(
            self.state, self.clock, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        first = self.people.first_person()
        assert first is not None
        assert first[0] == "admin"
        self.password = first[1]

    def refusal(self, name: str, password: str) -> str:
        with pytest.raises(Refused) as refused:
            self.people.login(name, password)
        return str(refused.value)


@pytest.fixture
def door(state: StateStore, clock: FixedClock) -> Door:
    return Door(state, clock)


def test_first_person_once_with_a_password_to_change(door: Door) -> None:
    assert len(door.password) == 16
    assert door.people.first_person() is None
    assert door.people.get("admin").must_change
    assert door.password not in door.people.get("admin").secret
    assert door.people.get("admin").secret.startswith("$argon2id$")


def test_login_gives_a_token_of_which_only_the_hash_is_kept(door: Door) -> None:
    token, session = door.people.login("admin", door.password)
    assert session.id == sha256(token.encode()).hexdigest()
    assert len(token) >= 43  # 256 bits in base64
    assert token not in repr(door.state.find(Session))
    found = door.people.session(token)
    assert found is not None
    assert found[0].name == "admin"
    assert found[1].csrf == session.csrf != token
    assert door.people.session("no such token") is None


def test_unknown_name_wrong_password_and_lock_sound_the_same(door: Door) -> None:
    unknown = door.refusal("nobody", "x")
    wrong = [door.refusal("admin", "x") for _ in range(5)]
    locked = door.refusal("admin", door.password)
    assert {unknown, *wrong, locked} == {unknown}
    assert "口令不正确" in unknown


def test_five_failures_lock_for_fifteen_minutes(door: Door) -> None:
    for _ in range(4):
        door.refusal("admin", "x")
    door.people.login("admin", door.password)  # success counts from the start again
    for _ in range(5):
        door.refusal("admin", "x")
    door.clock.advance(timedelta(minutes=14, seconds=59))
    door.refusal("admin", door.password)
    door.clock.advance(timedelta(seconds=1))
    assert door.people.login("admin", door.password)


def test_guesses_at_the_same_time_all_count(door: Door) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: door.refusal("admin", "x"), range(5)))
    door.refusal("admin", door.password)


def test_session_ends_idle_or_old(door: Door) -> None:
    token, _ = door.people.login("admin", door.password)
    for _ in range(24):  # used all the time: 12 hours at most
        assert door.people.session(token) is not None
        door.clock.advance(timedelta(minutes=29, seconds=59))
    door.clock.advance(timedelta(seconds=24))
    assert door.people.session(token) is None
    token, _ = door.people.login("admin", door.password)
    door.clock.advance(timedelta(minutes=30))
    assert door.people.session(token) is None
    assert door.state.count(Session) == 0


def test_logout_ends_the_session(door: Door) -> None:
    token, _ = door.people.login("admin", door.password)
    door.people.logout(token)
    door.people.logout(token)
    assert door.people.session(token) is None


@pytest.mark.parametrize(
    ("new", "says"),
    [("short", "至少 12"), ("Admin-2026-secret", "姓名"), ("", "至少 12")],
)
def test_weak_new_passwords_are_refused(door: Door, new: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        door.people.change_password("admin", door.password, new)


def test_new_password_differs_and_ends_other_sessions(door: Door) -> None:
    with pytest.raises(Refused, match="原口令相同"):
        door.people.change_password("admin", door.password, door.password)
    with pytest.raises(Refused, match="原口令不正确"):
        door.people.change_password("admin", "wrong", "correct horse battery")
    other, _ = door.people.login("admin", door.password)
    mine, _ = door.people.login("admin", door.password)
    door.people.change_password("admin", door.password, "correct horse battery", keep=mine)
    assert not door.people.get("admin").must_change
    assert door.people.session(mine) is not None
    assert door.people.session(other) is None
    assert door.people.login("admin", "correct horse battery")
    door.refusal("admin", door.password)


def test_only_an_administrator_makes_people(door: Door) -> None:
    person, password = door.people.create("王敏", ["analyst"], "admin")
    assert (person.id, person.roles, person.must_change) == ("王敏", ("analyst",), True)
    assert door.people.login("王敏", password)
    for by, says in (("王敏", "需要角色：管理员"), ("system", "不能执行"), ("ghost", "不能执行")):
        with pytest.raises(Refused, match=says):
            door.people.create("李强", ["admin"], by)
    assert [p.name for p in door.people.list()] == ["admin", "王敏"]


@pytest.mark.parametrize(
    ("name", "roles", "says"),
    [
        ("admin", ["analyst"], "已有"),
        ("system", ["analyst"], "保留"),
        ("", ["analyst"], "不可用"),
        ("a b", ["analyst"], "不可用"),
        ("x" * 33, ["analyst"], "不可用"),
        ("x", ["king"], "没有角色 king"),
    ],
)
def test_unusable_names_and_roles(door: Door, name: str, roles: list[str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        door.people.create(name, roles, "admin")  # type: ignore[arg-type]  # wrong on purpose


def test_roles_taken_away_shut_out_at_once(door: Door) -> None:
    _, password = door.people.create("王敏", ["analyst"], "admin")
    token, _ = door.people.login("王敏", password)
    door.people.set_roles("王敏", [], "admin")
    assert door.people.session(token) is None
    door.refusal("王敏", password)
    with pytest.raises(Refused, match="至少保留一名管理员"):
        door.people.set_roles("admin", ["analyst"], "admin")


def test_reset_password_opens_a_lock(door: Door) -> None:
    door.people.create("王敏", ["analyst"], "admin")
    for _ in range(5):
        door.refusal("王敏", "x")
    assert door.people.login("王敏", door.people.reset_password("王敏", "admin"))


def test_language_is_kept(door: Door) -> None:
    door.people.set_language("admin", "en")
    assert door.people.get("admin").language == "en"


def test_the_audit_tells_logins_and_never_a_password(door: Door) -> None:
    door.refusal("my-typed-password", "x")
    door.people.login("admin", door.password)
    lines = [(d.actor, d.action, d.result) for d in door.state.decisions()]
    assert lines == [
        ("system", "create", "admin"),
        ("unknown", "login", "refused"),
        ("admin", "login", "done"),
    ]
    assert door.password not in repr(door.state.decisions()) + repr(door.state.find(Person))


def test_unknown_names_are_one_line_a_minute(door: Door) -> None:
    for _ in range(7):
        door.refusal("nobody", "x")
    door.clock.advance(timedelta(minutes=1))
    door.people.login("admin", door.password)
    told = [d.result for d in door.state.decisions() if d.actor == "unknown"]
    assert told == ["refused", "refused 6 times"]


class SlowHasher(PasswordHasher):
    """Says how many checks ran at once."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.running = self.most = 0
        self._lock = Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its name
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.05)
        with self._lock:
            self.running -= 1
        return super().verify(hash, password)


def test_a_flood_of_logins_is_checked_two_at_a_time_and_most_are_asked_to_wait(
    state: StateStore, clock: FixedClock
) -> None:
    hasher = SlowHasher()
    people = People(state, clock, hasher)

    def said(_: int) -> str:
        with pytest.raises(Refused) as refused:
            people.login("nobody", "x")
        return str(refused.value)

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(said, range(40)))
    assert hasher.most == 2
    assert any("请稍后再试 / too many logins" in answer for answer in answers)
    assert any("口令不正确" in answer for answer in answers)
    assert "口令不正确" in said(0)  # the room is free again
