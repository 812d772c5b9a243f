"""`taishi detect`: Sigma rules on files, every hit by its place, and what correlations make of the hits."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detections.correlating import Correlating
from detections.engine.correlate.matches import Correlated
from detections.engine.kept import Kept, default_folder
from detections.engine.load import Options, Progress, RulePack, load_rules
from detections.engine.routes import Routes
from detections.engine.rule import Rule
from detections.engine.sigma import SigmaEngine
from taishi.app.gathering import Gathered, Placed, gathered
from taishi.app.intake import Input, expand, read_short, require_one, shown
from taishi.core.event import Batch, Event
from taishi.core.problems import Problem

#: Event ids that a correlation tells: a file's are all at hand.
_EVIDENCE = 1_000_000


#: How often the garbage collector looks, in a process that does nothing else than this.
_COLLECT = (100_000, 50, 100)


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

    pack: RulePack
    inputs: list[Input] = field(default_factory=list)
    hits: list[Found] = field(default_factory=list)
    correlated: list[Correlated] = field(default_factory=list)


def scan(
    paths: Iterable[Path], rules: Sequence[Path], options: Options, progress: Progress | None = None
) -> Scan:
    """Raises Problem where no rule or no input can be read, or an option is unusable."""
    kept = Kept(default_folder())
    pack = load_rules(rules, options, kept, progress)
    if not len(pack):
        why = f"; the first was refused: {pack.refused[0].reason}" if pack.refused else ""
        raise Problem(f"{', '.join(map(str, rules))}: no Sigma rule that can be used{why}")
    result = Scan(pack)
    engine = SigmaEngine(pack.plan, kept)
    gc.collect()
    gc.freeze()  # rules stay to the end: there is nothing in them to collect, and records make no circles
    gc.set_threshold(*_COLLECT)
    correlating = Correlating(pack, evidence=_EVIDENCE, routes=Routes.load(options.routes))
    result.correlated = correlating.settled(_matches(paths, engine, result))
    require_one(result.inputs)
    return result


def _matches(paths: Iterable[Path], engine: SigmaEngine, result: Scan) -> Iterator[tuple[Rule, Event]]:
    """Every (rule, event) that hits; those that are hits by themselves are noted on the way."""
    for records in gathered(_read(paths, result)):
        for rule, event in _matched(engine, records):
            if not rule.silent:
                path, record = event.text("log.file.path"), event.number("taishi.record")
                result.hits.append(Found(rule.id, rule.title, path, record, event.id))
            yield rule, event


def _read(paths: Iterable[Path], result: Scan) -> Iterator[Placed]:
    for path in expand(paths):
        report = Input(shown(path))
        result.inputs.append(report)
        for records in read_short(path, report):
            yield report.path, records


def _matched(engine: SigmaEngine, records: Batch | Gathered) -> Iterator[tuple[Rule, Event]]:
    """Every (rule, event) that hits; of flat records only the events that do become whole."""
    if isinstance(records, Batch):
        yield from engine.match(records)
        return
    found = engine.match_short(records.flat, records.answered)
    if found:
        events = records.flat.batch([at for at, _ in found]).events()
        for event, (_, rules) in zip(events, found, strict=True):
            for rule in rules:
                yield engine.rules[rule], event
