"""Whether a sensor was alive and saw a unit: what tells quiet from blind."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from taishi.app.sensor_lives import SensorLives, Span
from taishi.core.clock import FixedClock
from taishi.core.ports import StateStore
from taishi.core.records import SensorEntry, SensorLife
from tests.app.conftest import NOW

UNIT = "县教育局"
HOUR = timedelta(hours=1)


@pytest.fixture
def lives(state: StateStore, clock: FixedClock) -> SensorLives:
    return SensorLives(state, clock)


def beats(lives: SensorLives, clock: FixedClock, minutes: int, *units: str, sensor: str = "s1") -> None:
    for _ in range(minutes):
        clock.advance(timedelta(minutes=1))
        lives.note(sensor, dict.fromkeys(units, ("flow",)))


def blind(lives: SensorLives, since_h: float, until_h: float, *kinds: str) -> Sequence[Span]:
    """In hours from the beginning."""
    found = lives.watch(UNIT, NOW + since_h * HOUR, NOW + until_h * HOUR, kinds).blind
    return [((a - NOW) / HOUR, (b - NOW) / HOUR) for a, b in found]  # type: ignore[misc]


def test_beats_make_stretches_of_an_hour(lives: SensorLives, clock: FixedClock, state: StateStore) -> None:
    lives.note("s1", {UNIT: ("flow",)})
    beats(lives, clock, 150, UNIT)
    found = state.find(SensorLife)
    assert [(life.since - NOW, life.until - NOW) for life in found] == [
        (timedelta(), timedelta(minutes=59)),
        (timedelta(minutes=59), timedelta(minutes=119)),
        (timedelta(minutes=119), timedelta(minutes=150)),
    ]
    assert blind(lives, 0, 2.5) == []


def test_a_break_is_blind_and_a_restart_is_not(lives: SensorLives, clock: FixedClock) -> None:
    lives.note("s1", {UNIT: ("flow",)})
    beats(lives, clock, 30, UNIT)
    clock.advance(timedelta(minutes=4))  # an update
    beats(lives, clock, 26, UNIT)
    clock.advance(HOUR)
    beats(lives, clock, 60, UNIT)
    assert blind(lives, 0, 3) == [(1.0, 2.0 + 1 / 60)]


def test_seen_is_at_least_every_day(lives: SensorLives, clock: FixedClock) -> None:
    lives.note("s1", {UNIT: ("flow",)})
    beats(lives, clock, 60)
    for _ in range(47):
        before = clock.now()
        clock.advance(HOUR)
        lives.note("s1", {"县水利局": ("flow",)}, since=before)
    before = clock.now()
    clock.advance(HOUR)
    lives.note("s1", {UNIT: ("flow",)}, since=before)
    # Seen until the first hour was over but a minute, and again from the 48th hour on.
    assert blind(lives, 0, 49) == [(pytest.approx(12 + 59 / 60), 36.0)]


def test_only_the_kinds_asked_for_count(lives: SensorLives, clock: FixedClock) -> None:
    lives.note("s1", {UNIT: ("flow",)})
    beats(lives, clock, 60, UNIT)
    assert blind(lives, 0, 1, "flow", "dns") == []
    assert blind(lives, 0, 1, "logon") == [(0.0, 1.0)]


def test_a_units_own_sensor_sees_it_while_it_is_alive(
    lives: SensorLives, clock: FixedClock, state: StateStore
) -> None:
    state.put(SensorEntry("s1", "教育局探针", "interface", "eth1", NOW, 300, unit=UNIT))
    lives.note("s1")
    beats(lives, clock, 60)
    watch = lives.watch(UNIT, NOW, NOW + HOUR)
    assert (watch.blind, watch.sensors) == ((), ("教育局探针",))
    assert lives.watch("县水利局", NOW, NOW + HOUR).blind == ((NOW, NOW + HOUR),)


def test_two_sensors_take_turns(lives: SensorLives, clock: FixedClock) -> None:
    lives.note("s1", {UNIT: ("flow",)})
    beats(lives, clock, 60, UNIT)
    lives.note("s2", {UNIT: ("flow",)})
    beats(lives, clock, 60, UNIT, sensor="s2")
    watch = lives.watch(UNIT, NOW, NOW + 2 * HOUR)
    assert (watch.blind, watch.sensors) == ((), ("s1", "s2"))


def test_old_lives_are_forgotten(lives: SensorLives, clock: FixedClock, state: StateStore) -> None:
    lives.note("s1")
    clock.advance(timedelta(days=101))
    lives.note("s1")
    assert [life.since for life in state.find(SensorLife)] == [clock.now()]
