"""What several modules of the loader do together: whole files in, rules or clear lines out."""

from pathlib import Path

import pytest

from detections.engine.documents import documents
from detections.engine.load import Options, load_rules
from detections.engine.rule import Unsupported
from tests.detections.engine.conformance.driver import as_yaml, engine_hits, judged, matches, rule_document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a: {'[' * 100_000}", "line 1: nested more than 24 deep"),
        ("\n".join(f"{' ' * at}a:" for at in range(200)), "line 25: nested more than 24 deep"),
        ("a: &a {x: 1}\nb: {" + "<<: *a, " * 100_000 + "}", "`<<` brings in more than 10000 entries"),
        ("a: &a {<<: *a}", "not valid YAML"),
    ],
)
def test_yaml_without_measure_is_refused(text: str, said: str) -> None:
    with pytest.raises(Unsupported, match=said.replace("<", "[<]")):
        list(documents(text))


def test_merges_are_taken() -> None:
    merged = "common: &c {F: a}\ndetection: {s: {<<: *c, G: b}, condition: s}"
    assert next(documents(merged))["detection"] == {"s": {"F": "a", "G": "b"}, "condition": "s"}


def test_rules_without_an_id_are_called_after_their_place(tmp_path: Path) -> None:
    given = [rule_document({"s": {"F": number}, "condition": "s"}) for number in range(3)]
    path = tmp_path / "rules.yml"
    path.write_text(as_yaml(*({k: v for k, v in one.items() if k != "id"} for one in given)), "utf-8")
    assert [rule.id for rule in load_rules([path]).rules] == [str(path), f"{path}#2", f"{path}#3"]


@pytest.mark.parametrize(
    ("key", "value", "hit", "missed"),
    [
        ("F|windash|base64offset|contains", "-ab", "eC9hYg==", "eCthYg=="),
        ("F|base64|contains", 68, "Njg=", "NTU="),
        ("F|cased", 5, "5", "55"),
        ("F|startswith", True, "True x", "False x"),
        ("|windash", ["-qx"], "a \u2014QX", "a +qx"),
        ("|startswith", "qx", "qxz", "zqx"),
    ],
)
def test_modifiers_together(key: str, value: object, hit: str, missed: str) -> None:
    rule = as_yaml(rule_document({"s": {key: value}, "condition": "s"}))
    assert matches(rule, [{"F": hit}, {"F": missed}]) == [True, False]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("F|windash|base64", "-a -b -c -d -e -f", "more than 5 dashes"),
        ("F|windash|fieldref", "G", "fieldref"),
        ("F|expand|base64", "%place%", "placeholders cannot be encoded"),
        ("F|contains", None, "F|contains: nothing"),
        ("F", [], "an empty list has no value"),
    ],
)
def test_modifiers_that_do_not_go_together(key: str, value: object, said: str) -> None:
    rule = as_yaml(rule_document({"s": {key: value}, "condition": "s"}))
    assert any(said in line for line in judged({"rule.yml": rule}, []).refused)


@pytest.mark.parametrize(
    ("key", "value", "hit", "missed"),
    [
        ("F|re|expand", "^%who%[0-9]$", "eve7", "eveX"),
        ("F|expand|cased", "%who%", "eve", "EVE"),
        ("F|expand|windash", "-%who%", "/EVE", "+eve"),
        ("F|expand|contains", "\\*%who%", "x*evex", "xxevex"),
    ],
)
def test_placeholders_keep_how_they_are_compared(
    key: str, value: str, hit: str, missed: str, tmp_path: Path
) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(as_yaml(rule_document({"s": {key: value}, "condition": "s"})), "utf-8")
    pack = load_rules([path], Options(placeholders={"who": ("bob", "eve")}))
    assert not pack.refused
    assert engine_hits(pack, [{"F": hit}, {"F": missed}]) == [{"A rule"}, set()]


def test_a_pipeline_works_on_what_we_read(tmp_path: Path) -> None:
    """pySigma renames a field and adds a condition; our modifiers stay what they are."""
    pipeline = tmp_path / "pipeline.yml"
    pipeline.write_text(
        "name: x\npriority: 10\ntransformations:\n"
        "- {id: names, type: field_name_mapping, mapping: {F: G}}\n"
        "- {id: more, type: add_condition, conditions: {H: 1}}\n",
        "utf-8",
    )
    rule = tmp_path / "rule.yml"
    detection = {"s": {"F|windash|contains|cased": "-Ab", "F|utf16|base64offset|contains": "cmd"}}
    rule.write_text(as_yaml(rule_document({**detection, "condition": "s"})), "utf-8")
    pack = load_rules([rule], Options(pipelines=(pipeline,)))
    both = ["x/Ab", "//5jAG0AZAA"]
    assert not pack.refused
    assert engine_hits(
        pack, [{"G": both, "H": 1}, {"G": both}, {"F": both, "H": 1}, {"G": "x/ab", "H": 1}]
    ) == [
        {"A rule"},
        set(),
        set(),
        set(),
    ]
