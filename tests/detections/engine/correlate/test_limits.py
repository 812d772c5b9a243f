"""Memory is bounded, and what it costs is counted."""

import time
from collections.abc import Callable
from datetime import timedelta

from detections.engine.correlate.correlator import Correlator
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Correlated, Match

At = Callable[..., Match]
Load = Callable[..., tuple[Correlation, ...]]

BY_HOST = """
title: T
correlation: {type: event_count, rules: [a], timespan: 1h, group-by: [host], condition: {gte: 4}}
"""
NAMES = """
title: T
correlation: {type: value_count, rules: [a], timespan: 1h, group-by: host, condition: {gte: 999, field: user}}
"""


def test_a_group_holds_its_latest_entries(at: At, load: Load) -> None:
    correlator = Correlator(load(BY_HOST), timedelta(0), group_limit=3)

    found = correlator.observe(at(second, host="h") for second in range(10)) + correlator.flush()

    assert found == []
    assert correlator.evicted == 7


def test_the_group_that_is_quiet_longest_goes_first(at: At, load: Load) -> None:
    correlator = Correlator(load(BY_HOST), timedelta(0), limit=36)
    busy = [at(second, "a", f"busy{second}", host="busy") for second in (0, 4, 8)]
    noise = [at(second, "a", f"noise{second}", host=f"h{second}") for second in range(1, 12)]

    correlator.observe(sorted([*busy, *noise], key=lambda match: match.time))
    (found,) = correlator.observe([at(12, "a", "busy12", host="busy"), at(13, host="z")])

    assert found.group == {"host": "busy"}
    assert found.events == ("busy0", "busy4", "busy8", "busy12")
    assert correlator.evicted > 5
    assert correlator.held <= 36


def test_groups_whose_time_is_over_are_forgotten(at: At, load: Load) -> None:
    correlator = Correlator(load(BY_HOST), timedelta(0))

    correlator.observe(at(index, host=f"h{index}") for index in range(1000))
    correlator.observe([at(10_000, host="x"), at(10_001, host="x")])

    assert correlator.held < 20
    assert correlator.evicted == 0


def test_matches_that_wait_are_bounded_too(at: At, load: Load) -> None:
    """The watermark rises early: what then comes behind it is late."""
    correlator = Correlator(load(BY_HOST), timedelta(days=1), limit=50)

    correlator.observe(at(second, host="h") for second in range(200))
    correlator.observe([at(0.5, host="h")])

    assert correlator.held <= 50 + 50
    assert correlator.late == 1
    assert len(correlator.flush()) == 1


def test_a_window_that_lost_entries_is_not_judged_for_having_few(at: At, load: Load) -> None:
    few = BY_HOST.replace("gte: 4", "lte: 3")
    matches = [at(second, host="h") for second in range(9)]

    full, clipped = (Correlator(load(few), timedelta(0), group_limit=size) for size in (100, 3))

    assert full.observe(matches) + full.flush() == []
    assert clipped.observe(matches) + clipped.flush() == []


def test_evidence_is_the_first_and_the_latest(at: At, load: Load) -> None:
    correlator = Correlator(load(BY_HOST), timedelta(0), evidence=4)

    correlator.observe(at(second, host="h") for second in range(50))
    (found,) = correlator.flush()

    assert found.events == ("a@0", "a@1", "a@48", "a@49")
    assert (found.count, found.first, found.last) == (50, 0, 49_000_000)


def test_one_match_falls_into_a_thousand_groups_at_most(at: At, load: Load) -> None:
    correlator = Correlator(load(BY_HOST), timedelta(0))

    correlator.observe([at(0, host=[f"h{index}" for index in range(900)])])
    correlator.flush()
    assert correlator.evicted == 0

    two = BY_HOST.replace("[host]", "[host, user]")
    correlator = Correlator(load(two), timedelta(0))
    correlator.observe([at(0, host=[f"h{n}" for n in range(100)], user=[f"u{n}" for n in range(100)])])
    correlator.flush()
    assert correlator.evicted == 9_000


def test_the_cost_of_an_event_does_not_depend_on_the_window(at: At, load: Load) -> None:
    """Twenty times the window; generous, for a machine that does other things: linear cost would be 20."""

    def seconds(size: int) -> float:
        correlator = Correlator(load(NAMES), timedelta(0))
        spread = 3600 / size
        matches = [
            at(index * spread, "a", f"e{index}", host="h", user=f"u{index}") for index in range(size + 2000)
        ]
        correlator.observe(matches[:size])
        began = time.process_time()
        found: list[Correlated] = correlator.observe(matches[size:])
        spent = time.process_time() - began
        assert [one.count for one in found] == [size + 1999]
        return spent

    small, large = (min(seconds(size) for _ in range(3)) for size in (1_500, 30_000))
    assert large < 4 * small
