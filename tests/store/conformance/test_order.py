"""Order, windows and pages: equal times, microseconds, edges, cursors while others write, far years."""

from datetime import UTC, datetime, timedelta

import pytest
from rows import START, batch

from taishi.core.ports import Query

MICRO, DAY = timedelta(microseconds=1), timedelta(days=1)
TIMES = {
    "before": START - MICRO,
    "start": START,
    "start-b": START,
    "start-c": START,
    "micro": START + MICRO,
    "milli": START + timedelta(milliseconds=1),
    "second": START + timedelta(seconds=1),
    "second-b": START + timedelta(seconds=1),
    "day": START + DAY,
    "shanghai": datetime(2026, 3, 1, 16, tzinfo=UTC),
    "old": datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "epoch": datetime(1970, 1, 1, tzinfo=UTC),
    "far": datetime(2200, 2, 28, 12, 0, 0, 1, tzinfo=UTC),
}
ORDERED = [name for name, _ in sorted(TIMES.items(), key=lambda one: (one[1], one[0]))]
KINDS = ("flow", "dns", "http")


def batches():
    names = list(TIMES)
    return [
        batch(kind, *({"event.id": name, "@timestamp": TIMES[name]} for name in names[n::3]))
        for n, kind in enumerate(KINDS)
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 12, 13, 14, 1000])
@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_of_any_size_give_all_in_order(asked, limit, newest_first):
    expected = ORDERED[::-1] if newest_first else ORDERED
    assert asked(Query(limit=limit, newest_first=newest_first)) == expected


@pytest.mark.parametrize("since", ["before", "start", "micro", "milli", "second", "shanghai", "old", "far"])
@pytest.mark.parametrize("until", ["start", "micro", "second", "day", "epoch"])
def test_a_window_holds_its_beginning_and_not_its_end(asked, since, until):
    found = asked(Query(TIMES[since], TIMES[until], newest_first=False, limit=2))
    assert found == [name for name in ORDERED if TIMES[since] <= TIMES[name] < TIMES[until]]


@pytest.mark.parametrize("name", TIMES)
def test_a_time_comes_back_to_the_microsecond(store, name):
    assert store.get(name).time == TIMES[name]


def test_a_window_may_be_given_in_any_zone(asked):
    from taishi.core.clock import ZONE

    day = datetime(2026, 3, 2, tzinfo=ZONE)
    assert asked(Query(day, day + DAY)) == ["day", "shanghai"]


@pytest.mark.parametrize("kinds", [("flow",), ("dns",), ("flow", "http"), KINDS, ("tls",)])
def test_kinds_are_mixed_in_one_order(asked, kinds):
    names = list(TIMES)
    wanted = {name for n, kind in enumerate(KINDS) if kind in kinds for name in names[n::3]}
    assert asked(Query(kinds=kinds, limit=2, newest_first=False)) == [
        name for name in ORDERED if name in wanted
    ]
