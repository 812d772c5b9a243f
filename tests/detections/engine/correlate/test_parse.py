"""Documents that are taken, and those that are refused with a line that says why."""

import msgspec
import pytest
import yaml

from detections.engine.correlate.definition import Alternative, Bound, Correlation
from detections.engine.correlate.parse import parse_correlation

MINUTE = 60_000_000

WHOLE = """
title: Many names from one host
id: 0e95725d-7320-415d-80f7-004da920fc11
name: many_names
description: One host tries many accounts.
level: high
tags: [attack.t1110]
correlation:
  type: value_count
  rules: [failed_login, 5638f7c0-ac70-491d-8465-2a65075e0d86]
  group-by: [host, domain]
  timespan: 90m
  aliases:
    host: {failed_login: winlog.computer_name}
  condition: {field: [user, realm], gt: 100, lte: 200}
generate: true
"""


def parsed(text: str) -> Correlation:
    return parse_correlation(yaml.safe_load(text), "rules/test.yml")


def with_section(**section: object) -> Correlation:
    """An event_count over `a`, its section changed; None leaves a key out."""
    base: dict[str, object] = {
        "type": "event_count",
        "rules": ["a"],
        "timespan": "1m",
        "condition": {"gte": 2},
    }
    kept = {key.replace("_", "-"): value for key, value in (base | section).items() if value is not None}
    return parse_correlation({"title": "Test", "correlation": kept}, "rules/test.yml")


def test_reads_every_part() -> None:
    found = parsed(WHOLE)

    assert (found.id, found.name, found.level) == (
        "0e95725d-7320-415d-80f7-004da920fc11",
        "many_names",
        "high",
    )
    assert (found.title, found.path, found.tags) == (
        "Many names from one host",
        "rules/test.yml",
        ("attack.t1110",),
    )
    assert found.rules == ("failed_login", "5638f7c0-ac70-491d-8465-2a65075e0d86")
    assert found.group_by == ("host", "domain")
    assert found.aliases == {"host": {"failed_login": "winlog.computer_name"}}
    assert found.timespan == 90 * MINUTE
    assert found.condition.fields == ("user", "realm")
    assert found.condition.bounds == (Bound("gt", 100), Bound("lte", 200))
    assert found.generate is True


def test_is_plain_data_that_can_be_kept_on_disk() -> None:
    found = parsed(WHOLE)

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Correlation) == found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("5m", 300), ("2h", 7200), ("1d", 86400), ("1w", 604800), ("1y", 31556952)],
)
def test_reads_timespans(text: str, seconds: int) -> None:
    assert with_section(timespan=text).timespan == seconds * 1_000_000


def test_a_temporal_correlation_wants_all_of_its_rules_unless_told_otherwise() -> None:
    found = with_section(type="temporal", rules=["a", "b", "c"], condition=None)

    assert found.condition.bounds == (Bound("gte", 3),)


def test_an_extended_condition_may_name_the_rules_by_itself() -> None:
    found = with_section(type="temporal_ordered", rules=None, condition="b AND (a or not c)")

    assert found.rules == ("b", "a", "c")
    assert set(found.condition.alternatives) == {Alternative(("b", "a"), ()), Alternative(("b",), ("c",))}


def test_takes_generate_inside_and_outside_and_one_rule_as_text() -> None:
    assert with_section(generate=True).generate is True
    assert with_section(rules="a").rules == ("a",)
    assert with_section(group_by="host").group_by == ("host",)
    assert with_section(condition={"gte": "10"}).condition.bounds == (Bound("gte", 10),)


def test_without_an_id_the_name_or_the_place_is_the_id() -> None:
    section = yaml.safe_load(WHOLE)["correlation"]

    assert parse_correlation({"name": "n", "correlation": section}, "p").id == "n"
    assert parse_correlation({"title": "T", "correlation": section}, "p").id == "p: T"


BAD: dict[str, tuple[dict[str, object], str]] = {
    "no type": ({"type": None}, "correlation type '' is not known"),
    "unknown type": ({"type": "baseline"}, "correlation type 'baseline' is not known"),
    "type no text": ({"type": ["event_count"]}, "'type' must be text, not a list"),
    "no rules": ({"rules": None}, "'rules' names no rule"),
    "empty rules": ({"rules": []}, "'rules' names no rule"),
    "rules a mapping": ({"rules": {"a": 1}}, "'rules' must be text or a list of texts, not a mapping"),
    "rules numbers": ({"rules": ["a", 7]}, "'rules' must hold texts only, not a number"),
    "rule twice": ({"rules": ["a", "a"]}, "'rules' names one rule twice"),
    "too many rules": ({"rules": [f"r{n}" for n in range(257)]}, "more than 256 entries"),
    "too many in order": (
        {"type": "temporal_ordered", "rules": [f"r{n}" for n in range(33)], "condition": None},
        "more than 32 entries for temporal_ordered",
    ),
    "no timespan": ({"timespan": None}, "'timespan' is missing"),
    "unknown unit": ({"timespan": "5x"}, "timespan '5x' is not a number with one of"),
    "no unit": ({"timespan": 5}, "timespan '5' is not a number with one of"),
    "no time": ({"timespan": "0m"}, "timespan '0m' must be longer than nothing"),
    "negative": ({"timespan": "-5m"}, "timespan '-5m' is not a number"),
    "absurd": ({"timespan": "999999d"}, "timespan '999999d' is longer than a year"),
    "overlong": ({"timespan": "9" * 5000 + "d"}, "is not a number with one of"),
    "fullwidth digits": ({"timespan": "５m"}, "is not a number with one of"),
    "no condition": ({"condition": None}, "condition must be a mapping, not nothing"),
    "condition a list": ({"condition": [1]}, "condition must be a mapping, not a list"),
    "no comparison": ({"condition": {}}, "condition needs a comparison"),
    "unknown comparison": ({"condition": {"ge": 5}}, "condition: 'ge' is not known"),
    "no number": ({"condition": {"gte": "many"}}, "condition 'gte': 'many' is not a number"),
    "truth as number": ({"condition": {"gte": True}}, "condition 'gte' must be a number"),
    "list as number": ({"condition": {"gte": [1]}}, "condition 'gte' must be a number"),
    "half an event": ({"condition": {"gte": 1.5}}, "needs a whole number that is not negative"),
    "fewer than none": ({"condition": {"gte": -1}}, "needs a whole number that is not negative"),
    "infinite": ({"condition": {"gte": float("inf")}}, "condition 'gte' is too large"),
    "not a number": ({"condition": {"gte": float("nan")}}, "condition 'gte' is too large"),
    "huge": ({"condition": {"gte": 10**400}}, "condition 'gte' is too large"),
    "none at all": ({"condition": {"lt": 1}}, "condition can never hold: a window that is looked at counts"),
    "empty range": ({"condition": {"gt": 5, "lt": 6}}, "condition can never hold"),
    "more rules than there are": (
        {"type": "temporal", "rules": ["a", "b"], "condition": {"gte": 3}},
        "at most 2, the number of its rules",
    ),
    "expression for counts": ({"condition": "a and b"}, "an expression is for temporal correlations"),
    "no field": ({"type": "value_count"}, "value_count needs a 'field'"),
    "field for events": ({"condition": {"gte": 1, "field": "x"}}, "event_count has no 'field'"),
    "two fields to add": (
        {"type": "value_sum", "condition": {"gte": 1, "field": ["x", "y"]}},
        "value_sum takes one 'field', not 2",
    ),
    "no percentile": (
        {"type": "value_percentile", "condition": {"gte": 1, "field": "x"}},
        "value_percentile needs a 'percentile' from 0 to 100",
    ),
    "percentile beyond": (
        {"type": "value_percentile", "condition": {"gte": 1, "field": "x", "percentile": 101}},
        "percentile 101 is not from 0 to 100",
    ),
    "percentile for sums": (
        {"type": "value_sum", "condition": {"gte": 1, "field": "x", "percentile": 5}},
        "value_sum has no 'percentile'",
    ),
    "misspelt key": ({"groupby": ["x"]}, "correlation: 'groupby' is not known"),
    "group-by a number": ({"group_by": 5}, "'group-by' must be text or a list of texts"),
    "group-by empty text": ({"group_by": [""]}, "'group-by' must hold texts only, not empty text"),
    "too many fields": ({"group_by": [f"f{n}" for n in range(33)]}, "more than 32 fields"),
    "aliases a list": ({"aliases": ["x"]}, "aliases must be a mapping, not a list"),
    "alias a text": ({"aliases": {"x": "y"}}, "alias 'x' must be a mapping, not 'y'"),
    "alias of nothing": ({"aliases": {"x": {}}}, "alias 'x' names no rule"),
    "alias without field": ({"aliases": {"x": {"a": None}}}, "alias 'x' has no field for the rule 'a'"),
    "alias key a number": ({"aliases": {5: {"a": "b"}}}, "aliases: the key '5' must be text"),
    "half a character": ({"group_by": ["x\ud800"]}, "'group-by' holds half a character"),
    "half a character in a key": ({"aliases": {"x\ud800": {"a": "b"}}}, "'aliases' holds half a character"),
    "generate as text": ({"generate": "yes"}, "'generate' must be true or false"),
}


@pytest.mark.parametrize("name", BAD)
def test_refuses_with_one_line(name: str) -> None:
    section, reason = BAD[name]

    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        with_section(**section)

    assert reason in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"title": "T", "correlation": None}, "correlation must be a mapping, not nothing"),
        ({"title": "T", "correlation": "event_count"}, "correlation must be a mapping, not 'event_count'"),
        (
            {"correlation": {"type": "temporal", "rules": ["a"], "timespan": "1m"}},
            "a correlation needs a title",
        ),
        (
            {"title": 5, "correlation": {"type": "temporal", "rules": ["a"]}},
            "'title' must be text, not a number",
        ),
        (
            {
                "title": "T",
                "level": "severe",
                "correlation": {"type": "temporal", "rules": ["a"], "timespan": "1m"},
            },
            "level 'severe' is not one of",
        ),
        (
            {
                "title": "T",
                "generate": False,
                "correlation": {"type": "temporal", "rules": ["a"], "timespan": "1m", "generate": True},
            },
            "'generate' is given twice and differs",
        ),
    ],
)
def test_refuses_bad_documents(document: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        parse_correlation(document, "rules/test.yml")

    assert reason in str(caught.value)
