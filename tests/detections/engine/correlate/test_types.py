"""Every correlation type and comparison, by what is reported."""

from collections.abc import Callable, Iterable

import pytest

from detections.engine.correlate.matches import Correlated, Match, Value

Run = Callable[..., list[Correlated]]
At = Callable[..., Match]


def rule(kind: str, condition: str, more: str = "", rules: str = "[a]", timespan: str = "10s") -> str:
    return f"""
title: Test
name: test
correlation: {{type: {kind}, rules: {rules}, timespan: {timespan}, condition: {condition} {more}}}
"""


def events(found: Iterable[Correlated]) -> list[tuple[str, ...]]:
    return [one.events for one in found]


def test_event_count_reports_group_events_and_times(run: Run, at: At) -> None:
    matches = [at(second, "a", f"e{second}", host="h1") for second in (1, 2, 3)]

    (found,) = run(rule("event_count", "{gte: 3}", ", group-by: [host]"), matches)

    assert (found.correlation, found.group, found.events) == ("test", {"host": "h1"}, ("e1", "e2", "e3"))
    assert (found.count, found.first, found.last) == (3, 1_000_000, 3_000_000)


def test_event_count_counts_events_of_all_its_rules_and_each_event_once(run: Run, at: At) -> None:
    """Specification, "Event Count": events are counted; one that two rules match is still one."""
    both = [at(0, "a", "e0"), at(0, "b", "e0"), at(1, "b", "e1")]

    assert run(rule("event_count", "{gte: 3}", rules="[a, b]"), both) == []
    assert events(run(rule("event_count", "{gte: 2}", rules="[a, b]"), both)) == [("e0", "e1")]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("{gt: 2}", {3, 4, 5}),
        ("{gte: 3}", {3, 4, 5}),
        ("{lt: 3}", {1, 2}),
        ("{lte: 3}", {1, 2, 3}),
        ("{eq: 3}", {3}),
        ("{neq: 3}", {1, 2, 4, 5}),
        ("{gt: 1, lte: 3}", {2, 3}),
        ("{gte: 2, neq: 3, lt: 5}", {2, 4}),
    ],
)
@pytest.mark.parametrize("kind", ["event_count", "value_count", "value_sum"])
def test_compares(run: Run, at: At, kind: str, condition: str, holds: set[int]) -> None:
    asked = condition if kind == "event_count" else condition.replace("{", "{field: n, ")
    for size in range(1, 6):
        matches = [at(index, n=1 if kind == "value_sum" else index) for index in range(size)]

        assert bool(run(rule(kind, asked), matches)) == (size in holds), (condition, size)


def test_value_count_counts_distinct_values_and_numbers_as_text(run: Run, at: At) -> None:
    values: list[Value] = ["x", "X", 5, "5", 5.0, None, True]
    matches = [at(index, v=value) for index, value in enumerate(values)]

    assert run(rule("value_count", "{field: v, gte: 5}"), matches) == []
    (found,) = run(rule("value_count", "{field: v, gte: 4}"), matches)
    assert found.events == ("a@0", "a@1", "a@2", "a@3", "a@4", "a@6")


def test_value_count_over_several_fields_counts_combinations(run: Run, at: At) -> None:
    pairs = [("u1", "h1"), ("u1", "h2"), ("u2", "h1"), ("u1", "h1"), (None, "h3")]
    matches = [at(index, user=user, host=host) for index, (user, host) in enumerate(pairs)]

    assert run(rule("value_count", "{field: [user, host], gte: 4}"), matches) == []
    assert len(run(rule("value_count", "{field: [user, host], gte: 3}"), matches)) == 1


def test_a_list_has_each_of_its_values(run: Run, at: At) -> None:
    (found,) = run(
        rule("value_count", "{field: ip, gte: 3}"), [at(0, ip=["192.0.2.1", "192.0.2.2", "192.0.2.3"])]
    )

    assert found.events == ("a@0",)
    assert run(rule("value_sum", "{field: n, gt: 11}"), [at(0, n=[4, 4, "4"])])


@pytest.mark.parametrize("value", [7, "7", 7.0, " 7 ", "+7", "7.0", "0.7e1", "007"])
def test_value_sum_takes_numbers_and_numeric_text(run: Run, at: At, value: Value) -> None:
    assert run(rule("value_sum", "{field: n, eq: 7}"), [at(0, n=value)])


@pytest.mark.parametrize(
    "value", ["seven", "", "0x7", "7,0", "٧", float("nan"), float("inf"), True, None, [], [None], "1e999"]
)
def test_value_sum_leaves_out_what_is_no_number(run: Run, at: At, value: Value) -> None:
    matches = [at(0, n=value), at(1, n=1)]

    (found,) = run(rule("value_sum", "{field: n, eq: 1}"), matches)
    assert found.events == ("a@1",)


def test_sums_do_not_drift(run: Run, at: At) -> None:
    """0.1 + 0.2 - 0.3 is nothing, however much has come and gone in the window."""
    tenths = [at(index, n=value) for index, value in enumerate([0.1, 0.2, "-0.3"] * 100)]

    assert run(rule("value_sum", "{field: n, eq: 0}", timespan="1h"), tenths)
    big = [at(0, n=10**18), at(20, n=0.1), at(21, n=0.2)]
    assert events(run(rule("value_sum", "{field: n, gte: 0.3, }"), big[1:])) == [("a@20", "a@21")]
    assert events(run(rule("value_sum", "{field: n, gte: 0.3}"), big)) == [("a@0",), ("a@20", "a@21")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("value_avg", 27.5), ("value_median", 25), ("value_min", 10), ("value_max", 50), ("value_sum", 110)],
)
def test_figures_of_numbers(run: Run, at: At, kind: str, value: float) -> None:
    matches = [at(index, n=number) for index, number in enumerate([10, 20, "30", 50])]

    assert run(rule(kind, f"{{field: n, eq: {value}}}"), matches)
    assert run(rule(kind, f"{{field: n, neq: {value}}}"), matches) == []


@pytest.mark.parametrize(
    ("percentile", "value"), [(0, 10), (25, 17.5), (50, 25), (95, 47), (99.9, 49.94), (100, 50)]
)
def test_percentiles_lie_between_neighbours(run: Run, at: At, percentile: float, value: float) -> None:
    matches = [at(index, n=number) for index, number in enumerate([50, 30, 10, 20])]

    assert run(rule("value_percentile", f"{{field: n, percentile: {percentile}, eq: {value}}}"), matches)


def test_temporal_wants_all_rules_in_any_order_or_as_many_as_it_says(run: Run, at: At) -> None:
    matches = [at(0, "c"), at(1, "a"), at(1.5, "a"), at(2, "b")]
    all_rules = "title: T\ncorrelation: {type: temporal, rules: [a, b, c], timespan: 10s}"

    assert events(run(all_rules, matches)) == [("c@0", "a@1", "a@1.5", "b@2")]
    assert run(all_rules, matches[:3]) == []
    assert events(run(rule("temporal", "{gte: 2}", rules="[a, b, c]"), matches[:2])) == [("c@0", "a@1")]


def test_one_event_may_be_the_match_of_several_rules(run: Run, at: At) -> None:
    """Rules are counted, not events: specification, "Condition"."""
    for kind in ("temporal", "temporal_ordered"):
        (found,) = run(rule(kind, "{gte: 2}", rules="[a, b]"), [at(0, "b", "e"), at(0, "a", "e")])
        assert (found.events, found.count) == (("e",), 1)


def test_temporal_ordered_wants_the_order_of_the_list(run: Run, at: At) -> None:
    text = "title: T\ncorrelation: {type: temporal_ordered, rules: [a, b, c], timespan: 10s}"

    assert run(text, [at(0, "a"), at(1, "c"), at(2, "b")]) == []
    assert events(run(text, [at(0, "b"), at(1, "a"), at(2, "b"), at(3, "a"), at(4, "c")])) == [
        ("b@0", "a@1", "b@2", "a@3", "c@4")
    ]


def test_the_same_moment_counts_as_in_order(run: Run, at: At) -> None:
    text = "title: T\ncorrelation: {type: temporal_ordered, rules: [a, b, c], timespan: 10s}"
    ties = [at(5, "c", "e1"), at(5, "b", "e2"), at(5, "a", "e3")]

    assert events(run(text, ties)) == [("e1", "e2", "e3")]


def test_an_order_must_fit_into_the_timespan(run: Run, at: At) -> None:
    text = "title: T\ncorrelation: {type: temporal_ordered, rules: [a, b], timespan: 10s}"

    assert run(text, [at(0, "a"), at(5, "a"), at(15, "b")])
    assert run(text, [at(0, "a"), at(4.999999, "a"), at(15, "b")]) == []


def test_extended_condition_of_alternatives_fires_at_once(run: Run, at: At) -> None:
    text = rule("temporal", "a and (b or c)", rules="[a, b, c]")

    assert events(run(text, [at(0, "c"), at(1, "a")])) == [("c@0", "a@1")]
    assert run(text, [at(0, "c"), at(1, "b")]) == []


def test_what_must_not_match_is_known_when_the_window_has_closed(run: Run, at: At) -> None:
    text = rule("temporal", "a and not b", rules="[a, b]")

    assert events(run(text, [at(0, "a"), at(10.000001, "b")])) == [("a@0",)]
    assert run(text, [at(0, "a"), at(10, "b")]) == []


def test_ordered_extended_condition(run: Run, at: At) -> None:
    text = rule("temporal_ordered", "(a or b) and c", rules="[a, b, c]")

    assert run(text, [at(0, "c"), at(1, "a"), at(2, "b")]) == []
    assert events(run(text, [at(0, "b"), at(1, "c")])) == [("b@0", "c@1")]
