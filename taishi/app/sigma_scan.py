"""`taishi detect`: Sigma rules on files, every hit by its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detections.engine.engine import SigmaEngine
from detections.engine.load import load_rules
from detections.engine.rule import Refusal
from taishi.app.intake import Input, expand, read, require_one, shown
from taishi.core.problems import Problem


@dataclass(frozen=True)
class Found:
    """One rule hit one event: `record` is its zero-based position in the file."""

    rule: str
    title: str
    path: str
    record: int
    event_id: str


@dataclass
class Scan:
    """What rules found in files."""

    loaded: int
    refused: Sequence[Refusal]
    inputs: list[Input] = field(default_factory=list)
    hits: list[Found] = field(default_factory=list)


def scan(paths: Iterable[Path], rules: Sequence[Path]) -> Scan:
    """Raises Problem where no rule or no input can be read."""
    pack = load_rules(rules)
    if not pack.rules:
        why = f"; the first was refused: {pack.refused[0].reason}" if pack.refused else ""
        raise Problem(f"{', '.join(map(str, rules))}: no Sigma rule that can be used{why}")
    engine = SigmaEngine(pack.rules)
    result = Scan(engine.count, pack.refused)
    for path in expand(paths):
        report = Input(shown(path))
        result.inputs.append(report)
        for batch in read(path, report):
            for rule, event in engine.match(batch):
                record = event.number("taishi.record")
                result.hits.append(Found(rule.id, rule.title, shown(path), record, event.id))
    require_one(result.inputs)
    return result
