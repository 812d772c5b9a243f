"""What rules would have found in past events: nothing is stored, nobody is told."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import pyarrow.compute as pc

from detections.correlated_hit import moment_of
from detections.correlating import Correlating
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Correlated
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
    """What one rule would have found. `hits`: events, of a correlation the times that it held.

    `hosts`: who logged it, or where it came from, by number of events; of a correlation its groups.
    """

    rule: Rule | Correlation
    hits: int = 0
    first: datetime | None = None
    last: datetime | None = None
    hosts: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """One event that hit."""
        self._count(event.time, event.time, _host(event), 1)
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(Example(event.id, event.time, summarize(event)))

    def add_correlated(self, found: Correlated) -> None:
        """One time that the correlation held."""
        first, last = moment_of(found.first), moment_of(found.last)
        group = " ".join(f"{name}={value}" for name, value in found.group.items()) or "—"
        self._count(first, last, group, found.count)
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(Example(found.events[-1], last, f"{found.count} events, {group}"))

    def _count(self, first: datetime, last: datetime, host: str, events: int) -> None:
        self.hits += 1
        self.first = min(self.first or first, first)
        self.last = max(self.last or last, last)
        self.hosts[host] += events


@dataclass(frozen=True)
class Trial:
    """`outcomes`: every rule and correlation that was tried, the ones that hit most first."""

    events: int
    outcomes: Sequence[Outcome]


def try_rules(pack: RulePack, wanted: Iterable[str], batches: Iterable[Batch], progress: Progress) -> Trial:
    """Runs a pack; only the rules and correlations whose id is wanted are told."""
    ids = frozenset(wanted)
    told: list[Rule | Correlation] = [*pack.rules, *pack.correlations]
    outcomes = {one.id: Outcome(one) for one in told if one.id in ids}
    engine, correlating, events = SigmaEngine(pack.plan), Correlating(pack), 0

    def feeding() -> Iterator[tuple[Rule, Event]]:
        nonlocal events
        for batch in batches:
            for rule, event in engine.match(batch):
                if rule.id in outcomes:
                    outcomes[rule.id].add(event)
                yield rule, event
            events += len(batch)
            progress(events)

    for found in correlating.settled(feeding()):
        if found.correlation in outcomes:
            outcomes[found.correlation].add_correlated(found)
    return Trial(events, sorted(outcomes.values(), key=lambda one: (-one.hits, one.rule.title)))


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
    installed = cache(installed)
    given = [opened(Path(name), stack) for name in names if Path(name).exists()]
    named = [named_rule(installed(), name) for name in names if not Path(name).exists()]
    pack = _around(installed, given, named)
    lone = {one.id for one in named} - {one.id for one in _all(pack)}
    if lone:
        raise Problem(f"{lone.pop()}: stands on rules that lie elsewhere; test it without the paths")
    meant = {one.id for one in _all(pack) if any(_below(one.path, path) for path in given)}
    if not meant and not named:
        why = f" ({pack.refused[0].reason})" if pack.refused else ""
        raise Problem(f"{' '.join(names)}: no Sigma rule that can be used{why}")
    return pack, meant | {one.id for one in named}


def _around(
    installed: Callable[[], RulePack], given: Sequence[Path], named: Sequence[Rule | Correlation]
) -> RulePack:
    """The rules at the paths and the named ones. A correlation may stand on rules of any installed pack."""
    if not given and any(isinstance(one, Correlation) for one in named):
        return installed()
    return load_rules(dict.fromkeys([*given, *(Path(one.path) for one in named)]))


def _all(pack: RulePack) -> Iterator[Rule | Correlation]:
    yield from pack.rules
    yield from pack.correlations


def _below(path: str, given: Path) -> bool:
    return path == str(given) or path.startswith(f"{given}/")


def named_rule(pack: RulePack, name: str) -> Rule | Correlation:
    """A rule or correlation by id, name, title or file name. Raises Problem for none, or several."""
    wanted = name.lower()
    same = [one for one in _all(pack) if one.id.lower() == wanted]
    found = same or [
        one
        for one in _all(pack)
        if wanted in (one.title.lower(), (one.name or "").lower(), Path(one.path).stem.lower())
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
