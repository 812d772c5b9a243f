"""Texts without their case and with one sort of dash: fast, and for every letter as Unicode says."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from detections.engine.texts import AS_IS, BETWEEN, DASHED, FOLDED, dashed, each, folded, forms
from tests.detections.engine.reference import DASHES, fold

_SURROGATES = range(0xD800, 0xE000)
texts = st.text(st.characters() | st.sampled_from("aA-/\u2013ΣςſİẞK\0"), max_size=20)


def test_every_letter_folds_as_unicode_says() -> None:
    letters = [chr(code) for code in range(sys.maxunicode + 1) if code not in _SURROGATES]
    wrong = [hex(ord(letter)) for letter in letters if folded(letter) != fold(letter)]
    assert wrong == []


@given(texts)
def test_letters_fold_each_by_itself(text: str) -> None:
    assert folded(text) == "".join(map(fold, text))


@given(texts)
def test_all_dashes_become_one(text: str) -> None:
    assert dashed(text) == "".join("-" if letter in DASHES else letter for letter in text)


@given(st.lists(texts, min_size=1))
def test_many_at_once_are_the_same_as_one_by_one(given_texts: list[str]) -> None:
    assert each(folded, given_texts) == [folded(text) for text in given_texts]


def test_only_forms_that_are_wanted_are_made() -> None:
    found = forms(["A/b", f"x{BETWEEN}Y"], frozenset({DASHED, AS_IS}))
    assert found[DASHED] == ["a-b", f"x{BETWEEN}y"]
    assert found[AS_IS] == ["A/b", f"x{BETWEEN}Y"]
    assert found[AS_IS | DASHED] == ()
    assert found[FOLDED] == ["a/b", f"x{BETWEEN}y"]
