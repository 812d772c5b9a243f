"""A rule's examples, `NAME.examples.yml` beside `NAME.yml`: events that must hit and events that must not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import yaml

from detections.engine.load import EXAMPLES
from detections.engine.rule import Rule
from detections.engine.sigma import SigmaEngine
from taishi.core.ecs import KINDS, Kind
from taishi.core.event import Batch, BatchBuilder, Extra, Row
from taishi.core.problems import Problem

#: Examples say nothing about time unless they must.
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_WANTED = {"match": True, "no_match": False}


@dataclass(frozen=True)
class Example:
    """One event of a rule's examples file: `number` counts from 1 within its list."""

    rule: str
    path: Path
    number: int
    hits: bool
    batch: Batch

    def __str__(self) -> str:
        return f"{'match' if self.hits else 'no_match'} example {self.number}"


def examples_path(rule: Rule) -> Path:
    """Where a rule's examples stand, whether there are any or not."""
    return Path(rule.path.removesuffix(".yml") + EXAMPLES)


def read_examples(rule: Rule) -> list[Example]:
    """Raises Problem, naming the file and place, where they cannot be read or one of the lists is empty."""
    path = examples_path(rule)
    try:
        written = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise Problem(f"{path}: cannot be read: {' '.join(str(error).split())[:200]}") from None
    found = []
    for which, hits in _WANTED.items():
        listed = written.get(which) if isinstance(written, dict) else None
        if not isinstance(listed, list) or not listed:
            raise Problem(f"{path}: needs at least one example under {which}")
        for number, example in enumerate(listed, 1):
            found.append(Example(rule.id, path, number, hits, _batch(f"{path}: {which} {number}", example)))
    return found


def broken_examples(engine: SigmaEngine, examples: Iterable[Example]) -> Iterator[Example]:
    """The examples that the engine does not take as they say."""
    for example in examples:
        if example.hits != any(rule.id == example.rule for rule, _ in engine.match(example.batch)):
            yield example


def _batch(place: str, example: object) -> Batch:
    """One event: `kind`, columns of that kind, the source's own fields under `extra`."""
    if not isinstance(example, Mapping) or example.get("kind") not in KINDS:
        raise Problem(f"{place}: needs a kind, one of {', '.join(KINDS)}")
    fields = {"@timestamp": _WHEN, **example}
    kind, extra = cast(Kind, fields.pop("kind")), fields.pop("extra", None)
    builder = BatchBuilder(kind, "example", place)
    try:
        builder.add(0, cast(Row, fields), cast(Extra | None, extra))
        batch = builder.take()
    except (KeyError, TypeError, ValueError) as error:  # ArrowInvalid and ArrowTypeError are of the last two
        raise Problem(f"{place}: {' '.join(map(str, error.args))[:200]}") from None
    assert batch is not None  # noqa: S101 - one event was added
    return batch
