"""Every rule, behaviour, sequence and detector is exactly one kind of GB/T 20986-2023."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import detections
from detections import incident
from detections.device_alerts import RULE
from detections.hits import Finding
from detections.incident import incident_of, kinds, of_techniques
from detections.pack import own_rules
from taishi.core.incidents import INCIDENTS
from taishi.core.records import THREATS, HitKind
from taishi.kit.attacks import signs

RULES = {rule.id: rule for rule in own_rules().rules}


def findings() -> Iterator[Finding]:
    """Whatever a module of the detections says it finds."""
    for module in pkgutil.walk_packages(detections.__path__, "detections."):
        for one in vars(import_module(module.name)).values():
            if isinstance(one, Finding):
                yield one


FINDINGS = {one.rule: one for one in findings()}


@pytest.mark.parametrize("identity", sorted({*RULES, *FINDINGS}))
def test_each_names_its_kind_by_itself_or_by_its_techniques(identity: str) -> None:
    """None: neither its id nor a technique stands in kinds.yml; add one line there."""
    if identity in RULES:
        rule = RULES[identity]
        assert rule.meaning is not None
        threat, techniques, kind = rule.meaning.threat, rule.techniques, "sigma"
    else:
        finding = FINDINGS[identity]
        threat, techniques, kind = finding.threat, finding.technique, finding.kind
    named = identity in kinds().rules or of_techniques(threat, techniques) or kind in kinds().kinds
    assert named, f"{identity} {techniques} is of no kind: add it to detections/verdicts/kinds.yml"


def test_nothing_stands_there_twice_or_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {RULE + sign.name for sign in signs() if sign.name != "quiet"}
    assert told <= set(kinds().rules) <= {*RULES, *FINDINGS, *told}
    twice = "rules: {a: scan, a: exploit}\ntechniques: {}\nkinds: {}\nclasses: {}\n"
    monkeypatch.setattr(incident, "_text", lambda: twice)
    kinds.cache_clear()
    with pytest.raises(ValueError, match="stands twice: \\['a'\\]"):
        kinds()
    kinds.cache_clear()


@pytest.mark.parametrize("kind", ["sigma", "behaviour", "intel", "data"])
@pytest.mark.parametrize("threat", THREATS)
def test_what_nobody_knows_is_of_one_kind_too(kind: HitKind, threat: str) -> None:
    assert incident_of("a pack's rule", kind, threat, ("T9999",)) in INCIDENTS  # type: ignore[arg-type]


def test_a_pack_rule_follows_its_techniques() -> None:
    """A sub-technique before its parent, the page's order before the tags'."""
    assert incident_of("x", "sigma", "compromised", ("T1059.001", "T1003.001")) == "credential-attack"
    assert incident_of("x", "sigma", "compromised", ("T1071.003",)) == "botnet"
    assert incident_of("x", "sigma", "compromised", ("T1071.001",)) == "trojan"
    assert incident_of("x", "sigma", "attempted", ("T1190",)) == "exploit"


def test_no_code_is_claimed_before_it_is_verified() -> None:
    assert {one.code for one in INCIDENTS.values()} == {""}
    assert len({one.name.zh for one in INCIDENTS.values()}) == len(INCIDENTS)
