"""Every rule of ours hits what stands beside it as a match and nothing of what stands there as none."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from detections.engine.load import load_rules
from detections.engine.rule import Rule
from detections.engine.sigma import SigmaEngine
from detections.meaning import to_hit
from detections.networks import Networks
from detections.pack import own_rules
from taishi.core.event import Batch, Event

RULES = {rule.path: rule for rule in own_rules().rules}


def test_none_of_our_rules_is_refused() -> None:
    assert own_rules().refused == ()
    assert len(RULES) >= 20


def examples(rule: Rule, which: str) -> list[dict[str, object]]:
    beside = Path(rule.path.removesuffix(".yml") + ".examples.yml")
    found = yaml.safe_load(beside.read_text("utf-8"))[which]
    assert found, f"{beside} needs at least one example under {which}"
    return found


def to_event(example: dict[str, object], batch: Callable[..., Batch]) -> Event:
    fields = dict(example)
    kind, extra = fields.pop("kind"), fields.pop("extra", None)
    ends = {"source.ip": "192.0.2.1", "destination.ip": "192.0.2.2", "host.name": "host-1"}
    return next(batch(kind, {**ends, **fields}, extra=extra).events())


@pytest.mark.parametrize("path", sorted(RULES), ids=lambda path: Path(path).stem)
def test_rule_keeps_to_its_examples(path: str, batch: Callable[..., Batch]) -> None:
    rule = RULES[path]
    engine = SigmaEngine(load_rules([Path(path)]).plan)
    for example in examples(rule, "match"):
        assert engine.match_event(to_event(example, batch)) == [rule], example
    for example in examples(rule, "no_match"):
        assert engine.match_event(to_event(example, batch)) == [], example


@pytest.mark.parametrize("path", sorted(RULES), ids=lambda path: Path(path).stem)
def test_rule_names_subject_and_speaks_both_languages(path: str, batch: Callable[..., Batch]) -> None:
    rule = RULES[path]
    hit = to_hit(rule, to_event(examples(rule, "match")[0], batch), Networks())
    assert hit is not None
    assert hit.subject in {"192.0.2.1", "192.0.2.2", "host-1"}
    assert rule.techniques
    for words in (hit.title, hit.summary, hit.advice):
        assert words is not None
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh)
        assert "{" not in words.zh + words.en
