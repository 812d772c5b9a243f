"""What rules would have found in past events: nothing is stored, nobody is told."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc

from detections.engine.load import RulePack, load_rules
from detections.engine.rule import Rule
from detections.engine.sigma import SigmaEngine
from taishi.app.intake import Input, expand, read, shown
from taishi.app.rule_reading import opened
from taishi.core.event import Batch, Event
from taishi.core.ports import EventStore
from taishi.core.problems import Problem
from taishi.core.summary import summarize

#: Events shown of a rule's hits, and hosts named.
MOST_EXAMPLES, MOST_HOSTS = 5, 10
#: Told how many events have been seen.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Example:
    """One event that hit."""

    event_id: str
    time: datetime
    summary: str


@dataclass
class Outcome:
    """What one rule would have found. `hosts`: who logged it, or where it came from, by number of events."""

    rule: Rule
    hits: int = 0
    first: datetime | None = None
    last: datetime | None = None
    hosts: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)

    def add(self, event: Event) -> None:
        self.hits += 1
        self.first = min(self.first or event.time, event.time)
        self.last = max(self.last or event.time, event.time)
        self.hosts[_host(event)] += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(Example(event.id, event.time, summarize(event)))


@dataclass(frozen=True)
class Trial:
    """`outcomes`: every rule that was tried, the ones that hit most first; `untried`: correlations."""

    events: int
    untried: int
    outcomes: Sequence[Outcome]


def try_rules(pack: RulePack, wanted: Iterable[str], batches: Iterable[Batch], progress: Progress) -> Trial:
    """Matches single-event rules; of the pack only those whose id is wanted are told."""
    engine = SigmaEngine(pack.plan)
    ids, events = frozenset(wanted), 0
    outcomes = {rule.id: Outcome(rule) for rule in pack.rules if rule.id in ids}
    for batch in batches:
        for rule, event in engine.match(batch):
            if rule.id in outcomes:
                outcomes[rule.id].add(event)
        events += len(batch)
        progress(events)
    return Trial(
        events, len(pack.correlations), sorted(outcomes.values(), key=lambda one: (-one.hits, one.rule.title))
    )


def stored_events(store: EventStore, since: datetime | None, until: datetime | None) -> Iterator[Batch]:
    """Everything stored whose time lies in the half-open span."""
    cursor: str | None = None
    while True:
        batches, cursor = store.stream(cursor)
        for batch in batches:
            within = _within(batch, since, until)
            if len(within):
                yield within
        if not batches:
            return


def filed_events(
    paths: Iterable[Path], since: datetime | None, until: datetime | None, inputs: list[Input]
) -> Iterator[Batch]:
    """The events of files; what is wrong with a file is left in `inputs`."""
    for path in expand(paths):
        report = Input(shown(path))
        inputs.append(report)
        for batch in read(path, report):
            yield _within(batch, since, until)


def find_rules(
    names: Sequence[str], installed: Callable[[], RulePack], stack: ExitStack
) -> tuple[RulePack, set[str]]:
    """What to load and which ids are meant: a path means every rule there, anything else an installed rule.

    Raises Problem where there is no such rule, or the paths hold none that can be used.
    """
    given = [opened(Path(name), stack) for name in names if Path(name).exists()]
    named = [named_rule(installed(), name) for name in names if not Path(name).exists()]
    paths = dict.fromkeys([*given, *(Path(rule.path) for rule in named)])
    pack = load_rules(paths)
    meant = {rule.id for rule in pack.rules if any(_below(rule.path, path) for path in given)}
    if not meant and not named:
        why = f" ({pack.refused[0].reason})" if pack.refused else ""
        raise Problem(f"{' '.join(names)}: no Sigma rule that can be used{why}")
    return pack, meant | {rule.id for rule in named}


def _below(path: str, given: Path) -> bool:
    return path == str(given) or path.startswith(f"{given}/")


def named_rule(pack: RulePack, name: str) -> Rule:
    """A rule by id, name, title or file name. Raises Problem where there is none, or several."""
    wanted = name.lower()
    same = [rule for rule in pack.rules if rule.id.lower() == wanted]
    found = same or [
        rule
        for rule in pack.rules
        if wanted in (rule.title.lower(), rule.name.lower(), Path(rule.path).stem.lower())
    ]
    if len(found) > 1:
        raise Problem(f"{name}: {len(found)} rules are called that; give the id, e.g. {found[0].id}")
    if not found:
        raise Problem(f"{name}: no installed rule or path of that name; see `taishi rules list --rules`")
    return found[0]


def _within(batch: Batch, since: datetime | None, until: datetime | None) -> Batch:
    """The rows of the half-open span."""
    times, rows = batch.rows.column("@timestamp"), batch.rows
    if since is not None:
        rows = rows.filter(pc.greater_equal(times, since))
        times = rows.column("@timestamp")
    if until is not None:
        rows = rows.filter(pc.less(times, until))
    return Batch(batch.kind, rows)


def _host(event: Event) -> str:
    named = (event.text(name) for name in ("host.name", "winlog.computer_name", "source.ip"))
    return next((name for name in named if name), "—")
