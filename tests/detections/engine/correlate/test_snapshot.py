"""Memory that lives through a restart. (Any point of any stream: see test_against_reference.py.)"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from detections.engine.correlate.correlator import Correlator
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Match

At = Callable[..., Match]
Load = Callable[..., tuple[Correlation, ...]]

COUNT = """
title: Count
name: count
correlation: {type: event_count, rules: [a], timespan: 10s, condition: {gte: 3}}
"""
ORDER = """
title: Order
name: order
correlation: {type: temporal_ordered, rules: [a, b], timespan: 10s}
"""


def test_goes_on_where_it_was(at: At, load: Load) -> None:
    before = Correlator(load(COUNT), timedelta(seconds=1))
    before.observe([at(0), at(2), at(1.5), at(4), at(0.1)])
    after = Correlator(load(COUNT), timedelta(seconds=1))
    after.restore(before.snapshot())

    assert (after.late, after.held) == (1, before.held)
    assert after.observe([at(5), at(6), at(1)]) == before.observe([at(5), at(6), at(1)])
    assert after.flush() == before.flush()
    assert after.late == before.late == 2


def test_an_episode_keeps_its_id(at: At, load: Load) -> None:
    before = Correlator(load(COUNT), timedelta(0))
    (first,) = before.observe([at(0), at(1), at(2), at(3)])
    after = Correlator(load(COUNT), timedelta(0))
    after.restore(before.snapshot())

    (grown,) = after.flush()

    assert (grown.id, grown.count, first.count) == (first.id, 4, 3)


def test_other_rules_keep_what_is_unchanged_and_drop_the_rest(at: At, load: Load) -> None:
    before = Correlator(load(COUNT + "---" + ORDER), timedelta(0))
    before.observe([at(0), at(1), at(2, "c")])
    renamed = ORDER.replace("title: Order", "title: In order\nlevel: high")
    after = Correlator(load(renamed + "---" + COUNT.replace("gte: 3", "gte: 2")), timedelta(0))

    after.restore(before.snapshot())
    after.observe([at(3, "b")])

    found = {one.correlation: one.events for one in after.flush()}
    assert found == {"order": ("a@0", "a@1", "b@3")}


def test_matches_of_rules_that_went_are_dropped(at: At, load: Load) -> None:
    before = Correlator(load(ORDER), timedelta(minutes=1))
    before.observe([at(0), at(1, "b")])
    after = Correlator(load(COUNT), timedelta(minutes=1))

    after.restore(before.snapshot())

    assert after.held == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", b"\x93\x01\x02\x03", b"not a snapshot", b"\x96\x63\x00\x00\x94\x00\x00\x00\x00\x90\x80"],
)
def test_refuses_what_is_no_snapshot(load: Load, data: bytes) -> None:
    with pytest.raises(ValueError, match="it begins anew"):
        Correlator(load(COUNT)).restore(data)


def test_an_episode_is_over_at_the_same_time_with_a_restart(at: At, load: Load) -> None:
    text = "title: T\ncorrelation: {type: value_avg, rules: [a], timespan: 10s, condition: {gt: 5, field: n}}"
    first = [at(0, n=0), at(11, n=9), at(11.5, n=9)]
    second = [at(12, n=-30), at(21.2, n=0), at(22.1, n=99), at(23, n=99)]
    whole, before, after = (Correlator(load(text), timedelta(0)) for _ in range(3))

    before.observe(first)
    after.restore(before.snapshot())
    whole.observe(first)

    assert after.observe(second) + after.flush() == whole.observe(second) + whole.flush()


def test_what_could_not_be_judged_stays_so(at: At, load: Load) -> None:
    few = load(COUNT.replace("gte: 3", "lte: 2"))
    before, after = (Correlator(few, timedelta(0), group_limit=2) for _ in range(2))
    before.observe(at(second) for second in range(5))
    before.advance(5_000_000)

    after.restore(before.snapshot())

    assert after.flush() == []
