"""The policy without a setting, and what is said of one that cannot be carried out."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.measures import default_policy, default_text, read_policy
from notices.policy import deadline
from taishi.core.clock import ZONE
from taishi.core.problems import Problem
from taishi.core.records import LEVELS, THREATS

#: Class, level: letter, when, working days, whose block, as the bureau's own table has it.
TABLE = {
    ("compromised", "high"): ("disposal", "at_once", 3, ("subject", "peers")),
    ("compromised", "medium"): ("disposal", "at_once", 5, ()),
    ("compromised", "low"): ("advisory", "at_once", 10, ()),
    ("attempted", "high"): ("advisory", "at_once", None, ("attackers",)),
    ("attempted", "medium"): ("advisory", "weekly", None, ()),
    ("attempted", "low"): (None, "summary", None, ()),
    ("risk", "high"): ("disposal", "at_once", 10, ()),
    ("risk", "medium"): ("advisory", "at_once", 15, ()),
    ("risk", "low"): (None, "summary", None, ()),
}


def test_the_default_is_the_bureaus_table() -> None:
    policy = default_policy()
    found = {(threat, level): policy.measure(threat, level) for threat in THREATS for level in LEVELS}
    assert {key: (one.letter, one.when, one.days, one.block) for key, one in found.items()} == TABLE


@pytest.mark.parametrize(
    ("threat", "level", "day"),
    [("compromised", "high", 25), ("compromised", "medium", 27), ("risk", "high", 3), ("risk", "medium", 10)],
)
def test_deadlines_are_working_days(make_item, threat, level, day) -> None:
    drawn_up = datetime(2026, 5, 20, 10, tzinfo=ZONE)
    due = deadline(drawn_up, [make_item(threat, level)]).astimezone(ZONE)
    assert (due.day, due.hour, due.minute) == (day, 17, 30)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("days: 3,", "days: 0,", "cells.compromised.high: days: 0 must be 1 to 250 working days"),
        ("days: 3,", "days: three,", "Expected `int | null`, got `str`"),
        ("days: 3,", "day: 3,", "unknown field `day`"),
        ("    low: {when: summary}\n  risk", "  risk", "cells.attempted.low: is missing"),
        ("low: {when: summary}", "low: {when: summary, letter: advisory}", "a summary has no letter"),
        ("{letter: advisory, when: weekly}", "{when: weekly}", "attempted.medium: needs a letter"),
        ("block: [attackers]", "block: [everybody]", "Invalid enum value 'everybody'"),
        ("otherwise_days: 10", "otherwise_days: 999", "otherwise_days: 999 must be 1 to 250"),
        ("cells:", "cells: [", "is no YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(old: str, new: str, said: str) -> None:
    with pytest.raises(Problem) as problem:
        read_policy(default_text().replace(old, new, 1), "own.yml")
    assert str(problem.value).startswith("own.yml: ")
    assert said in str(problem.value)
    assert len(str(problem.value).splitlines()) == 1


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_policy_or_a_problem(text: str) -> None:
    """No other error comes out, whatever is pasted."""
    with suppress(Problem):
        read_policy(text, "x")
