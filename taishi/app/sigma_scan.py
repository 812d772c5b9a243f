"""`taishi detect`: Sigma rules on files, every hit by its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detections.sigma.engine import SigmaEngine
from detections.sigma.load import load_rules
from detections.sigma.rule import Refusal
from taishi.app.intake import Input, expand, read, require_one


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
    engine = SigmaEngine(pack.rules)
    result = Scan(engine.count, pack.refused)
    for path in expand(paths):
        report = Input(str(path))
        result.inputs.append(report)
        for batch in read(path, report):
            for rule, event in engine.match(batch):
                record = event.number("taishi.record")
                result.hits.append(Found(rule.id, rule.title, str(path), record, event.id))
    require_one(result.inputs)
    return result
