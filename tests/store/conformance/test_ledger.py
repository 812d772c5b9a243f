"""What became of deliveries is counted: stored, known already, or bad; the same on every store."""

import random

import pytest
from rows import numbered

from taishi.core.ledger import Delivery, Fates
from taishi.core.ports import Query


def counted(store):
    return {sensor: fates for sensor, fates in store.ledger().items() if fates.acknowledged}


def test_a_new_store_has_counted_nothing(open_store):
    assert counted(open_store()) == {}


def test_new_and_known_events_count_for_whoever_delivered_them(open_store):
    store = open_store()
    store.write([numbered(5)], Delivery("a"))
    store.write([numbered(7)], Delivery("b"))
    store.write([numbered(2, "dns"), numbered(2, "dns")], Delivery("a"))
    assert counted(store) == {"a": Fates(stored=7, duplicate=2), "b": Fates(stored=2, duplicate=5)}


def test_bad_records_count_also_where_nothing_else_came(open_store):
    store = open_store()
    store.write([], Delivery("a", lambda: 3))
    store.write([numbered(1)], Delivery("a", lambda: 1))
    assert counted(store) == {"a": Fates(stored=1, quarantined=4)}


def test_bad_records_are_asked_for_as_reading_goes_on(open_store):
    store, bad = open_store(), [0]

    def read():
        for first in range(0, 50_000, 10_000):
            bad[0] += 1
            yield numbered(10_000, first=first) if first < 20_000 else numbered(1, first=first)
        bad[0] += 1

    store.write(read(), Delivery("a", lambda: bad[0]))
    assert counted(store) == {"a": Fates(stored=20_003, quarantined=6)}


def test_what_was_delivered_for_nobody_counts_too(open_store):
    store = open_store()
    store.write([numbered(4)])
    assert counted(store) == {"": Fates(stored=4)}


@pytest.mark.parametrize("seed", range(3))
def test_every_batch_one_to_five_times_in_any_order(open_store, seed):
    rng, store = random.Random(seed), open_store()
    copies = [n for n in range(12) for _ in range(rng.randint(1, 5))]
    rng.shuffle(copies)
    for n in copies:
        store.write([numbered(20, first=20 * n)], Delivery("a"))
    total = counted(store)["a"]
    assert total == Fates(stored=240, duplicate=20 * len(copies) - 240)
    assert store.count(Query()) == total.stored
