"""What rules look for, as ATT&CK's Navigator reads it and as a table."""

import json
from pathlib import Path

import msgspec
import pytest

from detections.engine.load import load_rules
from taishi.app.rule_coverage import UNTOLD, by_tactic, by_technique, findings, make_layer, sources_of
from tests.app.test_rulebook import lay, rule


def tagged(number: int, *tags: str) -> str:
    return rule(number).replace("level:", f"tags: [{', '.join(tags)}]\nlevel:")


@pytest.fixture
def layer(tmp_path: Path) -> dict[str, object]:
    pack = load_rules(
        [
            lay(
                tmp_path / "pack",
                one=tagged(1, "attack.execution", "attack.t1059.001"),
                two=tagged(2, "attack.execution", "attack.persistence", "attack.t1059.001", "attack.t1053"),
                three=tagged(3, "attack.g0007", "cve.2026-1"),
            )
        ]
    )
    own = {one.title.en for one in findings()}
    rules = [one for one in sources_of(pack) if one.title not in own]
    assert [(row.tactic, row.rules, row.techniques) for row in by_tactic(rules)] == [
        ("execution", 2, ("T1053", "T1059.001")),
        ("persistence", 1, ("T1053", "T1059.001")),
        (UNTOLD, 1, ()),
    ]
    made = json.loads(msgspec.json.encode(make_layer(rules, "ours", "18")))
    assert isinstance(made, dict)
    return made


def test_a_layer_of_format_4_5(layer: dict[str, object]) -> None:
    assert layer["versions"] == {"attack": "18", "navigator": "5.1.0", "layer": "4.5"}
    assert (layer["name"], layer["domain"]) == ("ours", "enterprise-attack")
    assert layer["techniques"] == [
        {"techniqueID": "T1053", "score": 1, "comment": "Rule 2", "enabled": True},
        {"techniqueID": "T1059.001", "score": 2, "comment": "Rule 1\nRule 2", "enabled": True},
    ]
    assert layer["gradient"] == {"colors": ["#deebf7", "#08519c"], "minValue": 1, "maxValue": 2}
    assert [sorted(one) for one in layer["legendItems"]] == [["color", "label"]] * 2  # type: ignore[attr-defined]  # JSON


def test_an_unknown_attack_version_is_left_out() -> None:
    assert "attack" not in json.loads(msgspec.json.encode(make_layer([], "empty")))["versions"]


def test_behaviours_count_too() -> None:
    rules = [one.rule for one in findings()]
    assert len(rules) == len(set(rules)) >= 40
    assert {"taishi.behaviour.beacon", "taishi.sequence.impossible-travel"} <= set(rules)
    techniques = by_technique(sources_of(load_rules([Path("detections/rules")])))
    assert all(technique in techniques for one in findings() for technique in one.technique)


def test_our_techniques_are_known_to_attack(corpus: Path) -> None:
    written = json.loads((corpus / "attack" / "mitre-attack-pattern.json").read_text())
    known = {value["meta"]["external_id"] for value in written["values"]}
    ours = set(by_technique(sources_of(load_rules([Path("detections/rules")]))))
    of_controllers = {one for one in ours if one.startswith("T0")}
    assert ours - of_controllers <= known
    # The corpus has no list of the ICS matrix: its ids are T0800 to T0895 (ATT&CK for ICS 18).
    assert all("T0800" <= one <= "T0895" for one in of_controllers)


def test_a_layer_has_the_techniques_of_one_matrix(tmp_path: Path) -> None:
    pack = load_rules(
        [lay(tmp_path / "pack", one=tagged(1, "attack.impact", "attack.t1489", "attack.t0816"))]
    )
    own = {one.title.en for one in findings()}
    rules = [one for one in sources_of(pack) if one.title not in own]

    def techniques(domain: str) -> list[str]:
        return [one.techniqueID for one in make_layer(rules, "ours", domain=domain).techniques]

    assert techniques("enterprise-attack") == ["T1489"]
    assert techniques("ics-attack") == ["T0816"]
