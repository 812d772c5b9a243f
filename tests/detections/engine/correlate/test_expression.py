"""Extended conditions become alternatives."""

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections.engine.correlate.definition import Alternative
from detections.engine.correlate.expression import alternatives, names

RULES = ("a", "b", "c", "d")


def ways(text: str) -> set[tuple[str, str]]:
    return {("".join(way.present), "".join(way.absent)) for way in alternatives(text, RULES)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {("a", "")}),
        ("a and b", {("ab", "")}),
        ("b AND a", {("ab", "")}),
        ("a or b and c", {("a", ""), ("bc", "")}),
        ("(a or b) and c", {("ac", ""), ("bc", "")}),
        ("a and not b", {("a", "b")}),
        ("a and not not b", {("ab", "")}),
        ("a and not (b or c)", {("a", "bc")}),
        ("a and not (b and c)", {("a", "b"), ("a", "c")}),
        ("a or a and b", {("a", "")}),
        ("(a or not a) and b", {("b", "a"), ("ab", "")}),
    ],
)
def test_finds_the_ways_to_fulfil(text: str, expected: set[tuple[str, str]]) -> None:
    assert ways(text) == expected


def test_a_rule_may_be_named_by_its_id() -> None:
    uuid = "53ba33fd-3a50-4468-a5ef-c583635cfa92"

    assert names(f"{uuid} and not_a_rule or NOT orange.2") == (uuid, "not_a_rule", "orange.2")
    assert alternatives(uuid, [uuid]) == (Alternative((uuid,), ()),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "condition is empty"),
        ("a and", "a rule is missing before 'its end'"),
        ("and a", "a rule is missing before 'and'"),
        ("a b", "'b' is not expected here"),
        ("(a", "a ')' is missing"),
        ("a)", "')' is not expected here"),
        ("a & b", "'&' is not understood"),
        ("1 of them*", "is not understood"),
        ("not a", "holds without any match"),
        ("a or not b", "holds without any match"),
        ("a and not a", "can never hold"),
        ("(" * 33 + "a" + ")" * 33, "nested deeper than 32"),
        (" or ".join(["a"] * 400), "more than 512 words"),
        (" and ".join(f"(a{n} or b{n})" for n in range(10)), "more than 64 alternatives"),
    ],
)
def test_refuses_in_one_line_and_in_time(text: str, reason: str) -> None:
    began = time.process_time()

    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        alternatives(text, RULES)

    assert reason in str(caught.value)
    assert time.process_time() - began < 1


nodes = st.recursive(
    st.sampled_from(RULES),
    lambda inner: st.one_of(
        st.builds("not {}".format, inner.map(lambda text: f"({text})")),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
    ),
    max_leaves=8,
)


@given(nodes)
def test_says_what_the_expression_says(text: str) -> None:
    """Python reads the same expression the same way, for each choice of rules that matched."""
    try:
        found = alternatives(text, RULES)
    except ValueError:
        return
    for choice in product((False, True), repeat=len(RULES)):
        matched = dict(zip(RULES, choice, strict=True))
        held = any(
            all(matched[rule] for rule in way.present) and not any(matched[rule] for rule in way.absent)
            for way in found
        )
        assert held == eval(text, {}, matched)  # noqa: S307 (made above from four names)
