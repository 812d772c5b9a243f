"""Keywords in tables against what the words mean: at either end of values, across steps, in either case."""

import os
from functools import lru_cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.engine.sightings import Sightings
from taishi.core.table import Shape, Table, Texts
from taishi.kit.kept import Kept, default_folder

#: Few letters, so that pairs meet without their texts; `@` and the grave accent differ as letters do.
LETTERS = "aAbB:@`é"
WANTED = st.frozensets(st.text("ab:@`é", min_size=2, max_size=5), min_size=1, max_size=6)
VALUES = st.builds(str.__add__, st.integers(0, 40).map("x".__mul__), st.text(LETTERS, max_size=6))
EVENTS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=8)


@lru_cache(1)
def kept() -> Kept:
    return Kept(default_folder())


def table_of(events: list[tuple[str, str]]) -> Table:
    values = [value.encode() for event in events for value in event]
    ends = np.cumsum([len(value) + 1 for value in values]) - 1
    spans = np.stack([ends - [len(value) for value in values], ends], axis=1).astype(np.int32)
    text = np.frombuffer(b"\0".join(values) + bytes(65), np.uint8)
    at = np.arange(len(events))
    shape = Shape(("F", "G"), {}, {"F": 0, "G": 1}, frozenset(), 2)
    return Table(shape, Texts(text, spans), at, 2 * at, np.ones(len(at), bool))


def low(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


@settings(max_examples=int(os.environ.get("TAISHI_SOAK") or "300"), deadline=None)
@given(WANTED, EVENTS)
def test_events_are_seen_in_which_a_text_stands(
    wanted: frozenset[str], events: list[tuple[str, str]]
) -> None:
    found = Sightings(kept()).among(table_of(events), wanted).tolist()
    stands = [any(text in low(value) for text in wanted for value in event) for event in events]
    assert found == np.flatnonzero(stands).tolist()


def test_some_events_of_a_table_and_places_past_the_first_step() -> None:
    events = [("x" * at + "aB", "y") for at in range(70)] + [("a", "b"), ("x" * 31 + "a", "")]
    table = table_of(events)
    assert Sightings(kept()).among(table, frozenset({"ab"})).tolist() == list(range(70))
    assert Sightings(kept()).among(table.part([3, 70, 69]), frozenset({"ab"})).tolist() == [0, 2]
