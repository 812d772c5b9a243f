"""Bad correlations and filters: each refused with its reason; the rules that they name stand."""

from pathlib import Path

import pytest

from tests.detections.engine.conformance.driver import as_yaml
from tests.detections.engine.isolated import ID, judge, one

pytestmark = pytest.mark.timeout(60)
BASE = one("F|endswith: '!'").replace("Bad", "Base")


def _correlation(number: int, **changed: object) -> dict[str, object]:
    whole = {
        "type": "event_count",
        "rules": [ID],
        "group-by": ["G"],
        "timespan": "5m",
        "condition": {"gte": 2},
    }
    return {
        "title": f"Correlation {number}",
        "id": f"7d4c0f5e-2f5a-4f0e-9a39-3b5dd4a1e{number:03d}",
        "correlation": {key: value for key, value in {**whole, **changed}.items() if value is not ...},
    }


def _cycle(length: int) -> list[dict[str, object]]:
    ids = [f"7d4c0f5e-2f5a-4f0e-9a39-3b5dd4a1e{number:03d}" for number in range(length)]
    return [_correlation(number, rules=[ids[(number + 1) % length]]) for number in range(length)]


CORRELATIONS = {
    "an unknown rule": ([_correlation(1, rules=["7d4c0f5e-2f5a-4f0e-9a39-3b5dd4a1ffff"])], "3b5dd4a1ffff"),
    "an unknown name": ([_correlation(1, rules=["nobody"])], "nobody"),
    "itself": (_cycle(1), ""),
    "a cycle of two": (_cycle(2), ""),
    "a cycle of five hundred": (_cycle(500), ""),
    "no rules": ([_correlation(1, rules=[])], "rules"),
    "rules are missing": ([_correlation(1, rules=...)], "rules"),
    "rules are a number": ([_correlation(1, rules=7)], "rules"),
    "an unknown type": ([_correlation(1, type="event_magic")], "event_magic"),
    "no type": ([_correlation(1, type=...)], "type"),
    "no timespan": ([_correlation(1, timespan=...)], "timespan"),
    "a timespan without a unit": ([_correlation(1, timespan="5")], "timespan"),
    "a timespan that is a number": ([_correlation(1, timespan=5)], "timespan"),
    "a timespan in fortnights": ([_correlation(1, timespan="5f")], "timespan"),
    "a negative timespan": ([_correlation(1, timespan="-5m")], "timespan"),
    "no condition": ([_correlation(1, condition=...)], "condition"),
    "a condition in words": ([_correlation(1, condition={"gte": "many"})], "condition"),
    "an unknown operator": ([_correlation(1, condition={"around": 5})], "condition"),
    "a condition that is a list": ([_correlation(1, condition=[5])], "condition"),
    "value_count without a field": ([_correlation(1, type="value_count")], "field"),
    "value_percentile without a field": ([_correlation(1, type="value_percentile")], "field"),
    "group-by is a number": ([_correlation(1, **{"group-by": 7})], "group"),
    "aliases are a list": ([_correlation(1, aliases=["a"])], "alias"),
    "correlation is a text": ([{**_correlation(1), "correlation": "event_count"}], "correlation"),
    "correlation is a list": ([{**_correlation(1), "correlation": ["event_count"]}], "correlation"),
}


@pytest.mark.parametrize("name", CORRELATIONS)
def test_a_bad_correlation_is_refused(name: str, tmp_path: Path) -> None:
    documents, word = CORRELATIONS[name]
    (tmp_path / "base.yml").write_text(BASE, "utf-8")
    (tmp_path / "bad.yml").write_text(as_yaml(*documents), "utf-8")
    found = judge(tmp_path)
    assert not any(title.startswith("Correlation") for title in (*found.taken, *found.hit))
    assert len([line for line in found.refused if "bad.yml" in line]) == len(documents)
    assert word.lower() in found.refused[0].replace(str(tmp_path), "").lower()


def _filter(**changed: object) -> dict[str, object]:
    whole = {"rules": [ID], "selection": {"F": 1}, "condition": "not selection"}
    return {
        "title": "Filter",
        "logsource": {"product": "taishi"},
        "filter": {key: value for key, value in {**whole, **changed}.items() if value is not ...},
    }


FILTERS = {
    "no rules": (_filter(rules=...), "rules"),
    "rules are a number": (_filter(rules=7), "rules"),
    "no condition": (_filter(condition=...), "condition"),
    "condition is a number": (_filter(condition=7), "condition"),
    "an undefined selection": (_filter(condition="not other"), "other"),
    "an unknown modifier": (_filter(selection={"F|explodes": 1}), "explodes"),
    "no logsource": ({key: value for key, value in _filter().items() if key != "logsource"}, "source"),
    "filter is a text": ({**_filter(), "filter": "x"}, "filter"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_bad_filter_is_refused_and_its_rule_stands(name: str, tmp_path: Path) -> None:
    document, word = FILTERS[name]
    (tmp_path / "base.yml").write_text(BASE, "utf-8")
    (tmp_path / "bad.yml").write_text(as_yaml(document), "utf-8")
    found = judge(tmp_path)
    assert "Base" in found.hit
    assert "bad.yml" in found.reason
    assert word.lower() in found.reason.replace(str(tmp_path), "").lower()
