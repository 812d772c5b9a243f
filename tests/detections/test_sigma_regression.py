"""SigmaHQ's own regression cases: the rule that each folder names must hit its log."""

from pathlib import Path

import pytest
import yaml

from detections.engine.load import Options, RulePack, load_rules
from detections.engine.sigma import SigmaEngine
from sensors.choose import sense
from taishi.core.source import Source

#: Cases that must hit, of those the corpus holds.
REQUIRED, CASES = 98, 98


@pytest.fixture(scope="module")
def pack(corpus: Path) -> RulePack:
    return load_rules([corpus / "sigma"])


def wanted_rules(info: Path) -> set[str]:
    return {entry["id"] for entry in yaml.safe_load(info.read_text("utf-8"))["rule_metadata"]}


def hit_rules(engine: SigmaEngine, folder: Path) -> set[str]:
    hit: set[str] = set()
    for log in sorted([*folder.glob("*.evtx"), *folder.glob("*.raw")]):
        for batch in sense(Source.of(log)).read(Source.of(log), lambda *_: None):
            hit |= {rule.id for rule, _ in engine.match(batch)}
    return hit


def test_regression_cases_hit(corpus: Path, pack: RulePack) -> None:
    infos = sorted((corpus / "sigma" / "regression_data").rglob("info.yml"))
    engine = SigmaEngine(pack.plan)
    missed = [info.parent.name for info in infos if not wanted_rules(info) <= hit_rules(engine, info.parent)]
    assert len(infos) == CASES
    assert len(infos) - len(missed) >= REQUIRED, f"missed: {missed}"


def test_every_live_rule_loads(pack: RulePack) -> None:
    assert len(pack.rules) == 3780
    assert pack.refused == ()


def test_rules_with_placeholders_wait_until_somebody_fills_them(corpus: Path, pack: RulePack) -> None:
    waiting = {name for rule in pack.rules for name in rule.waiting}
    assert len([rule for rule in pack.rules if rule.waiting]) == 25
    filled = load_rules([corpus / "sigma"], Options(dict.fromkeys(waiting, ("x",))))
    assert not any(rule.waiting for rule in filled.rules)
