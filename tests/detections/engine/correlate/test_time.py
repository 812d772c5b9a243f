"""Windows, episodes, late and repeated matches, clocks that are wrong."""

from collections.abc import Callable
from datetime import timedelta

from detections.engine.correlate.correlator import Correlator
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Correlated, Match

Run = Callable[..., list[Correlated]]
At = Callable[..., Match]
Load = Callable[..., tuple[Correlation, ...]]

THREE = (
    "title: T\nname: three\ncorrelation: {type: event_count, rules: [a], timespan: 10s, condition: {gte: 3}}"
)
FEW = "title: T\nname: few\ncorrelation: {type: event_count, rules: [a], timespan: 10s, condition: {lte: 2}}"
SECOND = 1_000_000


def starts(found: list[Correlated]) -> list[tuple[int, int, int]]:
    return [(one.first // SECOND, one.last // SECOND, one.count) for one in found]


def test_both_ends_of_the_timespan_are_in(run: Run, at: At) -> None:
    assert run(THREE, [at(0), at(5), at(10)])
    assert run(THREE, [at(0), at(5), at(10.000001)]) == []


def test_the_window_slides(run: Run, at: At) -> None:
    """Specification, "Temporal Proximity": the time frame is not restricted to boundaries."""
    assert starts(run(THREE, [at(0), at(8), at(11), at(12)])) == [(8, 12, 3)]


def test_an_episode_grows_under_one_id(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(0))

    reports = [one for second in range(6) for one in correlator.observe([at(second)])] + correlator.flush()

    assert [one.count for one in reports] == [3, 4, 5, 6]
    assert len({one.id for one in reports}) == 1
    assert reports[-1].events == tuple(f"a@{second}" for second in range(6))


def test_one_report_for_one_batch(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(0))

    assert [one.count for one in correlator.observe(at(second) for second in range(100))] == [99]
    assert [one.count for one in correlator.observe([at(100)])] == [100]
    assert [one.count for one in correlator.flush()] == [101]
    assert correlator.flush() == []


def test_a_new_episode_after_the_condition_failed(run: Run, at: At) -> None:
    found = run(THREE, [at(second) for second in (0, 1, 2, 30, 31, 32)])

    assert starts(found) == [(0, 2, 3), (30, 32, 3)]
    assert len({one.id for one in found}) == 2


def test_a_single_event_episode_ends_with_its_timespan(run: Run, at: At) -> None:
    text = THREE.replace("gte: 3", "gte: 1")

    assert starts(run(text, [at(0), at(10), at(20.000001)])) == [(0, 10, 2), (20, 20, 1)]


def test_an_average_that_wavers_is_one_episode_while_its_first_event_is_there(run: Run, at: At) -> None:
    text = "title: T\ncorrelation: {type: value_avg, rules: [a], timespan: 10s, condition: {gt: 5, field: n}}"

    assert starts(run(text, [at(0, n=9), at(1, n=0), at(2, n=9)])) == [(0, 2, 3)]
    assert starts(run(text, [at(0, n=9), at(1, n=0), at(11, n=0), at(12, n=99)])) == [(0, 0, 1), (11, 12, 2)]


def test_too_few_is_known_when_the_window_of_the_first_match_has_closed(at: At, load: Load) -> None:
    correlator = Correlator(load(FEW), timedelta(0))

    assert correlator.observe([at(0), at(10)]) == []
    assert correlator.advance(10 * SECOND + 1) != []


def test_windows_of_too_few_follow_each_other_from_match_to_match(run: Run, at: At) -> None:
    seconds = (0, 10, 11, 15, 21, 22, 40)

    assert starts(run(FEW, [at(second) for second in seconds])) == [(0, 10, 2), (22, 22, 1), (40, 40, 1)]


def test_late_within_the_lateness_counts(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(seconds=5))

    assert correlator.observe([at(0), at(7), at(5), at(3), at(2)]) == []
    (found,) = correlator.flush()

    assert found.events == ("a@0", "a@2", "a@3", "a@5", "a@7")
    assert correlator.late == 0


def test_later_than_the_lateness_is_counted_and_left_out(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(seconds=5))

    correlator.observe([at(10), at(5), at(4.999999), at(6)])
    (found,) = correlator.flush()

    assert found.events == ("a@5", "a@6", "a@10")
    assert correlator.late == 1


def test_time_can_pass_without_matches(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(minutes=5))

    assert correlator.observe([at(0), at(1), at(2)]) == []
    assert len(correlator.advance(3 * SECOND)) == 1
    correlator.observe([at(1)])
    assert correlator.late == 1


def test_a_clock_that_is_years_ahead_does_not_make_all_others_late(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(seconds=5))

    correlator.observe([at(0), at(10**9), at(1), at(2), at(7)], now=2 * SECOND)

    assert (correlator.ahead, correlator.late) == (1, 0)
    assert starts(correlator.flush()) == [(0, 7, 4)]


def test_a_match_seen_twice_counts_once(run: Run, at: At) -> None:
    again = [at(0, "a", "e1"), at(1, "a", "e2"), at(0, "a", "e1"), at(1, "a", "e2")]
    sums = "title: T\ncorrelation: {type: value_sum, rules: [a], timespan: 10s, condition: {gt: 2, field: n}}"

    assert run(THREE, sorted(again, key=lambda match: match.time)) == []
    assert run(sums, [at(0, "a", "e1", n=1), at(0, "a", "e1", n=1), at(1, "a", "e2", n=1)]) == []


def test_ties_are_in_the_order_of_their_ids(run: Run, at: At) -> None:
    (found,) = run(THREE, [at(5, "a", "z"), at(5, "a", "m"), at(5, "a", "b")])

    assert found.events == ("b", "m", "z")


def test_matches_of_other_rules_are_left_alone(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(0))

    assert correlator.observe([at(second, "other") for second in range(9)]) + correlator.flush() == []
    assert correlator.held == 0


def test_a_match_that_names_a_correlation_is_no_match_of_a_rule(at: At, load: Load) -> None:
    outer = (
        "title: Outer\ncorrelation: {type: event_count, rules: [three], timespan: 1m, condition: {gte: 1}}"
    )
    correlator = Correlator(load(THREE + "\n---\n" + outer), timedelta(0))

    assert correlator.observe([at(0, "three"), at(1, "three")]) + correlator.flush() == []


def test_after_a_flush_it_begins_anew(at: At, load: Load) -> None:
    correlator = Correlator(load(THREE), timedelta(0))
    correlator.observe([at(100), at(101)])
    assert correlator.flush() == []

    assert correlator.held == 0
    correlator.observe([at(0), at(1), at(2)])
    assert starts(correlator.flush()) == [(0, 2, 3)]
    assert correlator.late == 0
