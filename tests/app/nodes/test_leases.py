"""One holder at a time, whatever clocks say; a dead one is followed, a slow one is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from taishi.app.nodes.leases import Leases, Lost
from taishi.core.node_records import Lease
from taishi.core.ports import StateStore
from taishi.store import open_state_store


class Ticks:
    """A monotonic clock that a test moves."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def mine() -> Ticks:
    return Ticks(5.0)


@pytest.fixture
def theirs() -> Ticks:
    """Another machine's clock has another beginning."""
    return Ticks(1_000_000.0)


def held(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease


def test_there_is_one_holder(state: StateStore, mine: Ticks, theirs: Ticks) -> None:
    a, b = Leases(state, "a", 10, mine), Leases(state, "b", 10, theirs)
    lease = held(a.acquire("cut"))
    assert b.acquire("cut") is None
    with a.done(lease):
        pass
    assert held(b.acquire("cut")).token > lease.token


def test_a_dead_holder_is_followed_only_after_it_was_watched_long_enough(
    state: StateStore, mine: Ticks, theirs: Ticks
) -> None:
    a, b = Leases(state, "a", 10, mine), Leases(state, "b", 10, theirs)
    lease = held(a.acquire("cut"))
    theirs.at += 1_000
    assert b.dead() == []
    theirs.at += 9.9
    assert (b.dead(), b.acquire("cut")) == ([], None)
    theirs.at += 0.1
    assert b.dead() == [lease]
    assert held(b.acquire("cut")).holder == "b"


def test_a_beat_shows_life(state: StateStore, mine: Ticks, theirs: Ticks) -> None:
    a, b = Leases(state, "a", 10, mine), Leases(state, "b", 10, theirs)
    lease = held(a.acquire("cut"))
    for _ in range(5):
        b.dead()
        theirs.at += 8
        lease = a.beat(lease)
    assert (b.dead(), b.acquire("cut")) == ([], None)


def test_what_a_slow_holder_writes_later_is_refused(state: StateStore, mine: Ticks, theirs: Ticks) -> None:
    a, b = Leases(state, "a", 10, mine), Leases(state, "b", 10, theirs)
    slow = held(a.acquire("cut"))
    b.dead()
    theirs.at += 10
    b.dead()
    taken = held(b.acquire("cut"))
    for late in (a.beat, lambda lease: a.done(lease).__enter__()):
        with pytest.raises(Lost):
            late(slow)
    with pytest.raises(Lost), a.guard(slow):
        state.set_setting("written", "late")
    assert state.setting("written") is None
    with b.done(taken):
        state.set_setting("written", "in time")
    assert state.find(Lease) == []


def test_a_last_transaction_that_fails_ends_nothing(state: StateStore, mine: Ticks) -> None:
    a = Leases(state, "a", 10, mine)
    lease = held(a.acquire("cut"))
    with pytest.raises(ZeroDivisionError), a.done(lease):
        raise ZeroDivisionError
    assert state.find(Lease) == [lease]


def test_of_many_that_ask_at_once_one_gets_it(tmp_path: Path) -> None:
    stores = [open_state_store(str(tmp_path / "s.sqlite")) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for turn in range(10):
            asked = pool.map(lambda one: Leases(one, "x").acquire(f"cut {turn}"), stores)  # noqa: B023
            assert sum(lease is not None for lease in asked) == 1
    for store in stores:
        store.close()
