"""The correlator against a plain reference (see conftest.py) that looks at everything again every time."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.engine.correlate.correlator import Correlator
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Correlated, Match
from detections.engine.correlate.parse import parse_correlation
from detections.engine.correlate.resolve import resolve

SECOND = 1_000_000
LATENESS = 2 * SECOND
RULES = ("a", "b", "c")
EXTENDED = (
    "a and b and c",
    "a or b and c",
    "(a or b) and c",
    "a and b and not c",
    "a AND NOT (b OR c)",
    "b and not (a and c)",
)
Reference = Callable[[Sequence[Correlation], Iterable[Match]], list[tuple[object, ...]]]

number = st.integers(0, 4)
bounds = st.one_of(
    st.builds(lambda op, n: {op: n}, st.sampled_from(("gt", "gte", "gte", "lt", "lte", "eq", "neq")), number),
    st.builds(lambda n, more: {"gte": n, "lte": n + more}, number, number),
)


@st.composite
def conditions(draw: st.DrawFn, kind: str, rules: Sequence[str]) -> object:
    if kind.startswith("temporal") and len(rules) == 3 and draw(st.booleans()):
        return draw(st.sampled_from(EXTENDED))
    if kind.startswith("temporal") and draw(st.booleans()):
        return None
    condition: dict[str, object] = dict(draw(bounds))
    if kind.startswith("value_"):
        condition["field"] = draw(st.sampled_from(("n", "g")))
    if kind == "value_count" and draw(st.booleans()):
        condition["field"] = ["n", "g"]
    if kind == "value_percentile":
        condition["percentile"] = draw(st.sampled_from((0, 10, 33.3, 50, 95, 100)))
    return condition


KINDS = (
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_min",
    "value_max",
    "value_percentile",
    "value_median",
)


@st.composite
def documents(draw: st.DrawFn, name: str, choices: Sequence[str]) -> dict[str, object]:
    kind = draw(st.sampled_from(KINDS))
    rules = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))
    condition = draw(conditions(kind, sorted(rules)))
    if isinstance(condition, str) and set(rules) != set(RULES):
        condition = None
    section: dict[str, object] = {
        "type": kind,
        "rules": rules,
        "timespan": f"{draw(st.integers(1, 4))}s",
        "group-by": draw(st.sampled_from(([], ["g"], ["h"], ["g", "h"]))),
        "generate": True,
    }
    if condition is not None:
        section["condition"] = condition
    if draw(st.booleans()):
        section["aliases"] = {"g": {rules[0]: "h"}}
    return {"title": str(condition), "name": name, "correlation": section}


def parsed_if_possible(text: dict[str, object]) -> list[Correlation]:
    """Nothing for a condition that is refused because it can never hold."""
    try:
        return [parse_correlation(text, "test.yml")]
    except ValueError as error:
        if "can never hold" not in str(error):
            raise
        return []


@st.composite
def definitions(draw: st.DrawFn) -> tuple[Correlation, ...]:
    """One correlation, or an inner and an outer one over it and rules."""
    texts = [draw(documents("inner", RULES))]
    if draw(st.booleans()):
        texts.append(draw(documents("outer", ("inner", "a", "b"))))
    parsed = [one for text in texts for one in parsed_if_possible(text)]
    return resolve(parsed, {rule: rule for rule in RULES}).correlations


element = st.sampled_from(("x", 3, "3", 3, 5, "5.5", 0.1, -2, None))
fields = st.fixed_dictionaries(
    {"h": st.sampled_from(("x", "y", ["x", "y"])), "n": element}, optional={"g": element}
)
#: (half seconds, values): ties and windows that end exactly on an event are common.
events = st.tuples(st.integers(0, 16), fields)


@st.composite
def streams(draw: st.DrawFn) -> list[Match]:
    """Matches as they arrive: out of order within the lateness, some twice."""
    happened = draw(st.lists(events, min_size=1, max_size=14))
    matches = []
    for index, (half_seconds, values) in enumerate(happened):
        for rule in draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3)):
            match = Match(rule, f"e{index:02}", half_seconds * SECOND // 2, values)
            matches.append((match.time + draw(st.integers(0, LATENESS)), match))
    return [match for _, match in sorted(matches, key=lambda pair: pair[0])]


def outcomes(found: Iterable[Correlated]) -> list[tuple[object, ...]]:
    last = {one.id: one for one in found}
    return sorted(
        (one.correlation, tuple(one.group.items()), one.events, one.count, one.first, one.last)
        for one in last.values()
    )


def correlated(
    correlations: tuple[Correlation, ...], matches: list[Match], cuts: Sequence[int], restart: bool = False
) -> list[Correlated]:
    """Everything reported for the matches in batches, each batch on a correlator begun anew if `restart`."""
    correlator, found = Correlator(correlations, timedelta(microseconds=LATENESS)), []
    edges = [0, *sorted(cuts), len(matches)]
    for start, end in pairwise(edges):
        found += correlator.observe(matches[start:end])
        if restart:
            kept = correlator.snapshot()
            correlator = Correlator(correlations, timedelta(microseconds=LATENESS))
            correlator.restore(kept)
            assert correlator.snapshot() == kept
    assert correlator.late == 0
    return found + correlator.flush()


@settings(max_examples=400, deadline=None)
@given(correlations=definitions(), matches=streams())
def test_finds_what_the_reference_finds(
    reference: Reference, correlations: tuple[Correlation, ...], matches: list[Match]
) -> None:
    assert outcomes(correlated(correlations, matches, ())) == reference(correlations, matches)


@settings(max_examples=200, deadline=None)
@given(definitions(), streams(), st.data())
def test_batches_arrival_and_restarts_change_nothing(
    correlations: tuple[Correlation, ...], matches: list[Match], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(matches)), max_size=6))
    in_order = sorted(matches, key=lambda match: match.time)
    expected = {one.id: one for one in correlated(correlations, in_order, ())}

    for restart in (False, True):
        found = {one.id: one for one in correlated(correlations, matches, cuts, restart)}
        assert found == expected


@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_tells_episodes_apart(reference: Reference, kind: str) -> None:
    """The reference itself, so that both are not wrong alike: two bursts far apart are two episodes."""
    condition: dict[str, object] = {"gte": 1}
    if kind.startswith("value_"):
        condition["field"] = "n"
    if kind == "value_percentile":
        condition["percentile"] = 50
    text = {
        "title": kind,
        "correlation": {"type": kind, "rules": ["a"], "timespan": "4s", "condition": condition},
    }
    (one,) = resolve([parse_correlation(text, "test.yml")], {"a": "a"}).correlations
    burst = [Match("a", f"e{second:03}", second * SECOND, {"n": 3}) for second in (0, 4, 100)]

    found = reference([one], burst)

    assert [outcome[2] for outcome in found] == [("e000", "e004"), ("e100",)]
