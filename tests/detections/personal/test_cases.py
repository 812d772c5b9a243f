"""The benchmark's lines in small: every carrier, every shape that only looks alike; and the corpus's."""

import json
import sys
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from detections.personal.catalogue import find
from detections.personal.reading import read
from detections.personal.shield import masked_text
from detections.personal.sieve import passing

WORDS = {"身份证": "id_card", "手机号": "mobile", "银行卡": "bank_card", "统一社会信用代码": "uscc"}
SIGNS = st.text(st.sampled_from("0123456789X×０５ -.,:：@%\\u证手机号皖A{}\"'&#;\n字第军E"), max_size=120)


def test_every_carrier_and_every_shape(monkeypatch) -> None:
    module = made(monkeypatch)
    wrong = [
        (case.family, case.text)
        for case in module.cases(seed=11, size=4)
        if Counter(one.type for one in find(case.text)) != Counter(case.types)
    ]
    assert wrong == []


def made(monkeypatch) -> ModuleType:
    name = "personal_cases"
    path = Path(__file__).parents[3] / "bench" / f"{name}.py"
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def test_the_sieve_of_events_loses_nothing(monkeypatch) -> None:
    """What is surely found in a text is found too when only the stretches that pass the sieve are read."""
    noise = "2026-03-02T10:00:00Z host app[7]: " + "lorem ipsum " * 40
    for case in made(monkeypatch).cases(seed=5, size=2):
        sure = Counter(one.type for one in find(case.text) if one.confidence >= 0.65)
        assert masked_text(f"{noise} {case.text} {noise}")[1] == sure, case.text
        if sure:
            assert passing(pa.array([None, noise, case.text]), emails=True) == [2], case.text


def test_labelled_lines_of_the_corpus(corpus: Path) -> None:
    right = said = there = 0
    for line in (corpus / "pii-zh" / "cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        wanted = Counter([WORDS[case["expect"]]] if case["expect"] else [])
        found = Counter(one.type for one in find(case["text"]))
        right += (wanted & found).total()
        said, there = said + found.total(), there + wanted.total()
    assert 2 * right / (said + there) >= 0.98


@given(SIGNS)
def test_any_text_can_be_searched(text: str) -> None:
    places = [(one.start, one.end) for one in find(text)]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


@given(SIGNS)
def test_a_reading_leads_back_to_its_source(text: str) -> None:
    reading = read(text)
    back = [reading.source(place) for place in range(len(reading.text) + 1)]
    assert back == sorted(back)
    assert back[-1] == len(text)
