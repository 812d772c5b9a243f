"""The compiled scan against what the words mean: patterns of every length at every place of a value."""

import os
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from detections.engine.patterns import Table, patterns
from detections.engine.rule import Atom
from detections.engine.scan import Compiled, Room, Scanner
from taishi.kit.kept import Kept, default_folder

#: Lengths on both sides of what the scan takes apart (1 to 4 bytes, and 4 more before the end); many end
#: alike, for such are found by what stands before.
TEXTS = st.builds(str.__add__, st.text("aAb/-.é", max_size=9), st.sampled_from(("", ".exe")))
KINDS = st.sampled_from(["contains", "startswith", "endswith", "equals"])
ATOMS = st.lists(st.tuples(KINDS, TEXTS), min_size=1, max_size=12)
VALUES = st.lists(TEXTS, min_size=1, max_size=5)


@lru_cache(1)
def compiled() -> Compiled:
    return Compiled(Kept(default_folder()))


def holds(kind: str, wanted: str, value: str) -> bool:
    if kind == "contains":
        return wanted in value
    if kind == "equals":
        return wanted == value
    return value.startswith(wanted) if kind == "startswith" else value.endswith(wanted)


@settings(max_examples=int(os.environ.get("TAISHI_SOAK") or "300"), deadline=None)
@given(ATOMS, VALUES, VALUES)
def test_patterns_hold_where_they_stand(asked: list[tuple[str, str]], one: list[str], two: list[str]) -> None:
    atoms = [Atom(("F",), kind, text.lower()) for kind, text in asked]  # type: ignore[arg-type]
    size = min(len(one), len(two))
    columns = [one[:size], two[:size]]
    half = [list(range(0, len(atoms), 2)), list(range(1, len(atoms), 2))]
    scanner = Scanner(Table(patterns(atoms)), half, {}, compiled(), Room())
    found = scanner.scan(size, [(at, "\0".join(column).encode()) for at, column in enumerate(columns)])
    assert found is not None
    for place in range(size):
        wanted = {
            number
            for number, atom in enumerate(atoms)
            if holds(atom.compare, str(atom.value), columns[number % 2][place].lower())
        }
        assert set(found.held(place)) == wanted
