"""Filters (Sigma 2.1, filters specification) and collections of several documents in one file.

Collections: "Rule Collections" of the specification 1.0.2, which 2.x leaves to the tools.
A filter's condition is joined to the rule's with `and` (SigmaHQ's documentation: `condition: not selection`).
"""

from collections.abc import Mapping

import pytest

from taishi.core.event import Json
from tests.detections.engine.conformance.driver import LOGSOURCE, as_yaml, judged, rule_document

pytestmark = pytest.mark.timeout(10)

Document = dict[str, object]
A_IS_1: Document = {"selection": {"A": 1}, "condition": "selection"}
EVENTS: list[dict[str, Json]] = [{"A": 1, "User": "adm_x"}, {"A": 1, "User": "bob"}, {"A": 2, "User": "bob"}]


def filter_document(rules: object, **changed: object) -> Document:
    """A filter that leaves out users adm_…, with what is `changed` in its `filter` part or its top."""
    logsource = changed.pop("logsource", LOGSOURCE)
    detection = {"selection": {"User|startswith": "adm_"}, "condition": "not selection", **changed}
    return {
        "title": "Leave administrators out",
        "logsource": logsource,
        "filter": {"rules": rules, **detection},
    }


def hitting(*documents: Mapping[str, object], title: str = "A rule") -> list[int]:
    """Numbers of EVENTS that the titled rule hits; all documents in one file."""
    return hitting_files({"rules.yml": as_yaml(*documents)}, title)


def hitting_files(files: dict[str, str], title: str = "A rule") -> list[int]:
    found = judged(files, EVENTS)
    assert not found.refused, f"refused: {found.refused}"
    return [number for number, titles in enumerate(found.hits) if title in titles]


def test_without_a_filter() -> None:
    assert hitting(rule_document(A_IS_1)) == [0, 1]


def test_filter_names_the_rule_by_id() -> None:
    rule = rule_document(A_IS_1)
    assert hitting(rule, filter_document([rule["id"]])) == [1]


def test_filter_names_the_rule_by_name() -> None:
    rule = rule_document(A_IS_1) | {"name": "the_rule"}
    assert hitting(rule, filter_document(["other_rule", "the_rule"])) == [1]


def test_filter_names_one_rule_without_a_list() -> None:
    rule = rule_document(A_IS_1)
    assert hitting(rule, filter_document(rule["id"])) == [1]


@pytest.mark.parametrize("rules", ["any", "ANY"])
def test_filter_for_any_rule(rules: str) -> None:
    assert hitting(rule_document(A_IS_1), filter_document(rules)) == [1]


def test_filter_stands_before_the_rule() -> None:
    rule = rule_document(A_IS_1)
    assert hitting(filter_document([rule["id"]]), rule) == [1]


@pytest.mark.parametrize("name", ["a_filter.yml", "z_filter.yml"])
def test_filter_stands_in_another_file(name: str) -> None:
    rule = rule_document(A_IS_1)
    assert hitting_files({"rule.yml": as_yaml(rule), name: as_yaml(filter_document([rule["id"]]))}) == [1]


def test_filter_leaves_other_rules_alone() -> None:
    first, second = rule_document(A_IS_1), rule_document(A_IS_1, "Another rule")
    documents = (first, second, filter_document([second["id"]]))
    assert hitting(*documents) == [0, 1]
    assert hitting(*documents, title="Another rule") == [1]


def test_filter_of_other_rules_changes_nothing() -> None:
    unknown = filter_document(["7d4c0f5e-2f5a-4f0e-9a39-ffffffffffff"])
    found = judged({"rules.yml": as_yaml(rule_document(A_IS_1), unknown)}, EVENTS)
    assert [bool(titles) for titles in found.hits] == [True, True, False]


@pytest.mark.parametrize(
    ("logsource", "expected"),
    [
        ({"product": "taishi"}, [1]),
        ({"category": "other"}, [1]),
        ({"product": "taishi", "category": "other"}, [1]),
        ({"product": "TAISHI"}, [1]),
        ({"product": "taishi", "category": "other", "service": "x"}, [0, 1]),
        ({"product": "windows"}, [0, 1]),
        ({"product": "taishi", "category": "dns"}, [0, 1]),
    ],
)
def test_filter_applies_where_its_log_source_contains_the_rules(
    logsource: dict[str, str], expected: list[int]
) -> None:
    assert hitting(rule_document(A_IS_1), filter_document("any", logsource=logsource)) == expected


def test_filter_condition_is_joined_with_and() -> None:
    rule = rule_document(A_IS_1)
    assert hitting(rule, filter_document([rule["id"]], condition="selection")) == [0]


def test_two_filters_on_one_rule() -> None:
    rule = rule_document(A_IS_1)
    second = filter_document([rule["id"]], selection={"User": "bob"})
    assert hitting(rule, filter_document([rule["id"]]), second) == []


@pytest.mark.parametrize(
    "condition", ["not 1 of selection*", "not 1 of them", "not (selection or selection_b)"]
)
def test_filter_condition_sees_its_own_selections_only(condition: str) -> None:
    rule = rule_document({**A_IS_1, "selection_c": {"User": "bob"}})
    assert hitting(rule, filter_document([rule["id"]], selection_b={"User": "eve"}, condition=condition)) == [
        1
    ]


@pytest.mark.parametrize("condition", ["all of them", "all of selection*", "1 of *"])
def test_rule_condition_does_not_see_the_filters_selections(condition: str) -> None:
    rule = rule_document({**A_IS_1, "condition": condition})
    assert hitting(rule, filter_document([rule["id"]])) == [1]


def test_filter_on_a_rule_with_several_conditions_and_or() -> None:
    rule = rule_document({"a": {"A": 1}, "b": {"A": 2}, "condition": ["a", "a or b"]})
    assert hitting(rule, filter_document([rule["id"]])) == [1, 2]


def test_filter_with_keywords_and_lists() -> None:
    rule = rule_document(A_IS_1)
    assert hitting(rule, filter_document([rule["id"]], selection=["adm_x", {"User": "nobody"}])) == [1]


def test_several_rules_in_one_file() -> None:
    documents = (rule_document(A_IS_1), rule_document({"s": {"A": 2}, "condition": "s"}, "Another rule"))
    assert hitting(*documents) == [0, 1]
    assert hitting(*documents, title="Another rule") == [2]


def test_rules_without_an_id_are_rules_of_their_own() -> None:
    documents = [rule_document(A_IS_1), rule_document({"s": {"A": 2}, "condition": "s"}, "Another rule")]
    nameless = [{key: value for key, value in one.items() if key != "id"} for one in documents]
    assert hitting(*nameless) == [0, 1]
    assert hitting(*nameless, title="Another rule") == [2]


def test_global_is_merged_into_the_rules_after_it() -> None:
    common = {
        "action": "global",
        "logsource": LOGSOURCE,
        "level": "high",
        "detection": {"admin": {"User": "adm_x"}},
    }
    rule = rule_document({"s": {"A": 1}, "condition": "s and admin"})
    del rule["logsource"]
    assert hitting(common, rule) == [0]


def test_globals_add_up() -> None:
    first = {"action": "global", "logsource": LOGSOURCE}
    second = {"action": "global", "detection": {"admin": {"User": "adm_x"}}}
    rule = rule_document({"s": {"A": 1}, "condition": "s and admin"})
    del rule["logsource"]
    assert hitting(first, second, rule) == [0]


def test_reset_forgets_the_globals() -> None:
    common = {"action": "global", "detection": {"admin": {"User": "adm_x"}, "condition": "admin"}}
    rule = rule_document(A_IS_1)
    assert hitting(common, {"action": "reset"}, rule) == [0, 1]


def test_repeat_is_the_rule_before_with_changes() -> None:
    again = {
        "action": "repeat",
        "title": "Again",
        "id": "7d4c0f5e-2f5a-4f0e-9a39-00000000aaaa",
        "detection": {"selection": {"A": 2}},
    }
    documents = (rule_document(A_IS_1), again)
    assert hitting(*documents) == [0, 1]
    assert hitting(*documents, title="Again") == [2]


def test_repeat_keeps_the_globals() -> None:
    common = {"action": "global", "logsource": LOGSOURCE, "level": "low"}
    rule = rule_document(A_IS_1)
    del rule["logsource"]
    again = {"action": "repeat", "title": "Again", "id": "7d4c0f5e-2f5a-4f0e-9a39-00000000aaab"}
    assert hitting(common, rule, {**again, "detection": {"selection": {"A": 2}}}, title="Again") == [2]


def test_an_action_that_nobody_knows_is_refused() -> None:
    text = as_yaml(rule_document(A_IS_1), {"action": "explode", "title": "x"})
    found = judged({"rules.yml": text}, EVENTS)
    assert [bool(titles) for titles in found.hits] == [True, True, False]
    assert any("explode" in line for line in found.refused)


def test_documents_that_are_empty_are_nothing() -> None:
    found = judged({"rules.yml": f"---\n---\n{as_yaml(rule_document(A_IS_1))}---\n"}, EVENTS)
    assert (found.refused, found.hits) == ([], [{"A rule"}, {"A rule"}, set()])


def test_a_placeholder_without_values_is_told_and_never_hits() -> None:
    rule = rule_document({"s": {"User|expand": "%Administrators%"}, "condition": "s"})
    found = judged(
        {"rule.yml": as_yaml(rule)}, [{"User": "%Administrators%"}, {"User": "adm_x"}, {"User": ""}]
    )
    assert found.hits == [set(), set(), set()]
    assert any("laceholder" in line or "Administrators" in line for line in [*found.refused, *found.waiting])


def test_an_escaped_percent_sign_is_plain() -> None:
    rule = rule_document({"s": {"User|expand": r"\%bob\%"}, "condition": "s"})
    found = judged({"rule.yml": as_yaml(rule)}, [{"User": "%BOB%"}, {"User": "bob"}])
    assert (found.refused, found.hits) == ([], [{"A rule"}, set()])
