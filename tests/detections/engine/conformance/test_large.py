"""Values and rules of unusual size: found all the same, and in time."""

import pytest

from tests.detections.engine.conformance.driver import as_yaml, judged, matches, rule_document

pytestmark = pytest.mark.timeout(20)

LONG = "x" * 1_000_000


def selected(**fields: object) -> str:
    return as_yaml(rule_document({"selection": fields, "condition": "selection"}))


@pytest.mark.parametrize(
    ("item", "hit", "miss"),
    [
        ({"F|contains": "needle"}, f"{LONG}needle{LONG}", LONG),
        ({"F|endswith": "needle"}, f"{LONG}Needle", f"{LONG}needle."),
        ({"F|startswith": "needle"}, f"needle{LONG}", f".needle{LONG}"),
        ({"F": f"{LONG}*?end"}, f"{LONG}{LONG}-END", f"{LONG}end"),
        ({"F|re": "ne{2}dle$"}, f"{LONG}needle", f"{LONG}needle."),
        ({"F": LONG}, LONG.upper(), f"{LONG}x"),
        ({"F|contains|all": ["aneedle", "bneedle"]}, f"bneedle{LONG}aneedle", f"bneedle{LONG}"),
        ({"F|base64offset|contains": "needle" * 20}, f"{LONG}{'bmVlZGxl' * 20}", LONG),
    ],
    ids=["contains", "endswith", "startswith", "wildcards", "re", "equal", "all", "base64offset"],
)
def test_megabytes(item: dict[str, object], hit: str, miss: str) -> None:
    assert matches(selected(**item), [{"F": hit}, {"F": miss}]) == [True, False]


def test_megabytes_of_the_pattern_beginning() -> None:
    text = selected(F="*a*a*a*a*a*a*b", G="?" * 50 + "*c")
    assert matches(text, [{"F": "a" * 100_000, "G": "c" * 1000}, {"F": "aaaaaab", "G": "c" * 51}]) == [
        False,
        True,
    ]


def test_thousands_of_values_in_one_list() -> None:
    rule = selected(**{"F|contains": [f"value{number}end" for number in range(5_000)]})
    assert matches(rule, [{"F": "xvalue4999endx"}, {"F": "value5000end"}]) == [True, False]


def test_a_thousand_selections() -> None:
    selections = {f"selection_{number}": {f"F{number}": number} for number in range(1_000)}
    rule = as_yaml(rule_document({**selections, "condition": "1 of selection_*"}))
    assert matches(rule, [{"F999": 999}, {"F998": 999}]) == [True, False]


def test_a_thousand_rules_that_share_their_parts() -> None:
    rules = [
        rule_document(
            {"s": {"F|contains": f"part{number % 50}.", "G": number}, "condition": "s"}, f"rule {number}"
        )
        for number in range(1_000)
    ]
    events = [{"F": "part7.", "G": number} for number in (7, 57, 58)]
    assert judged({"rules.yml": as_yaml(*rules)}, events).hits == [{"rule 7"}, {"rule 57"}, set()]
