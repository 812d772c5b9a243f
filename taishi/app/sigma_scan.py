"""`taishi detect`: Sigma rules on files, every hit by its place, and what correlations make of the hits."""

import atexit
import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from detections.correlating import Correlating
from detections.engine.correlate.matches import Correlated
from detections.engine.load import Options, Progress, RulePack, load_rules
from detections.engine.routes import Routes
from detections.engine.rule import Rule
from detections.engine.sigma import SigmaEngine
from sensors.choose import sensors
from taishi.app.gathering import Gathered, Placed, gathered
from taishi.app.intake import Input, expand, read_short, require_one, shown
from taishi.core.event import Event
from taishi.core.flat import Mark
from taishi.core.problems import Problem
from taishi.kit.kept import Kept, default_folder

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
    paths: Iterable[Path],
    rules: Sequence[Path],
    options: Options,
    progress: Progress | None = None,
    field_maps: Path | None = None,
) -> Scan:
    """Raises Problem where no rule or no input can be read, or an option is unusable."""
    kept = Kept(default_folder())
    with _unwatched():
        pack = load_rules(rules, options, kept, progress)
    if not len(pack):
        why = f"; the first was refused: {pack.refused[0].reason}" if pack.refused else ""
        raise Problem(f"{', '.join(map(str, rules))}: no Sigma rule that can be used{why}")
    result = Scan(pack)
    engine = SigmaEngine(pack.plan, kept)
    settle()
    correlating = Correlating(pack, evidence=_EVIDENCE, routes=Routes.load(options.routes))
    result.correlated = correlating.settled(
        _wanted(_read(paths, result, field_maps), engine, result, correlating.wants)
    )
    require_one(result.inputs)
    return result


def settle() -> None:
    """For a process that works on records: what is there by now stays, and records make no circles.

    At exit all is let go again: libraries that look then whether their objects went would complain.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)
    gc.set_threshold(*_COLLECT)


@contextmanager
def _unwatched() -> Iterator[None]:
    """Rules stay: to look through them for circles again and again takes a fifth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _wanted(
    given: Iterable[Placed], engine: SigmaEngine, result: Scan, wants: Callable[[Rule], bool]
) -> Iterator[tuple[Rule, Event]]:
    """Every (rule, event) that a correlation wants; all that are hits by themselves are noted on the way."""
    for records in gathered(given):
        if isinstance(records, Gathered):
            yield from _wanted_of_short(records, engine, result, wants)
            continue
        for rule, event in engine.match(records):
            path, record = event.text("log.file.path"), event.number("taishi.record")
            _note(result, rule, Mark(event.id, record, path))
            if wants(rule):
                yield rule, event


def _wanted_of_short(
    records: Gathered, engine: SigmaEngine, result: Scan, wants: Callable[[Rule], bool]
) -> Iterator[tuple[Rule, Event]]:
    """The same of flat records; only what a correlation wants becomes a whole event."""
    found = engine.match_short(records.flat, records.answered)
    if not found:
        return
    places = [at for at, _ in found]
    asked: list[tuple[int, list[Rule]]] = []
    for mark, (at, numbers) in zip(records.flat.marks(places), found, strict=True):
        rules = [engine.rules[number] for number in numbers]
        for rule in rules:
            _note(result, rule, mark)
        wanted = [rule for rule in rules if wants(rule)]
        if wanted:
            asked.append((at, wanted))
    if asked:
        events = records.flat.batch([at for at, _ in asked]).events()
        for event, (_, rules) in zip(events, asked, strict=True):
            yield from ((rule, event) for rule in rules)


def _note(result: Scan, rule: Rule, mark: Mark) -> None:
    if not rule.silent:
        result.hits.append(Found(rule.id, rule.title, mark.path or "", mark.record, mark.event_id))


def _read(paths: Iterable[Path], result: Scan, field_maps: Path | None) -> Iterator[Placed]:
    known = sensors(field_maps)
    for path in expand(paths):
        report = Input(shown(path))
        result.inputs.append(report)
        for records in read_short(path, report, known):
            yield report.path, records
