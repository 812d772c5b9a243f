"""Every installed rule as a person asks for it: what it is, where from, and whether it can find anything."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detections.engine.correlate.definition import TEMPORAL, Correlation
from detections.engine.load import RulePack
from detections.engine.producers import producers
from detections.engine.route import Route
from detections.engine.routes import routes
from detections.engine.rule import Rule
from taishi.app.rule_costs import RuleCost
from taishi.core.ecs import KINDS, Kind
from taishi.core.ports import EventStore, Query

State = Literal["ready", "waiting", "no source", "refused"]
#: Our own rules, in listings.
OWN = "(own)"
#: Whether events that the rule could hit have been seen at all, by its place in the pack's plan.
Sight = Callable[[int], bool]


@dataclass(frozen=True)
class Listed:
    """One rule or correlation, or a refused file. `why`: what it waits for, or why it was refused; of a
    correlation without a source the rules below it that have none."""

    id: str
    title: str
    level: str
    pack: str
    logsource: Mapping[str, str]
    tags: tuple[str, ...]
    path: str
    state: State
    why: str = ""
    hits: int | None = None
    seconds: float | None = None

    @property
    def source(self) -> str:
        """The log source on one line: `windows/process_creation`."""
        return "/".join(
            self.logsource[key] for key in ("product", "category", "service") if key in self.logsource
        )


@dataclass(frozen=True)
class Wanted:
    """Which rules; every one that is given must hold. `text` is looked for in id, title, tags and path."""

    level: str | None = None
    product: str | None = None
    tag: str | None = None
    text: str | None = None
    state: State | None = None

    def fits(self, one: Listed) -> bool:
        tag = (self.tag or "").lower()
        tags = [name.lower() for name in one.tags]
        words = " ".join((one.id, one.title, one.path, *tags)).lower()
        return (
            self.level in (None, one.level)
            and self.state in (None, one.state)
            and (self.product is None or self.product.lower() in one.logsource.values())
            and (not tag or any(tag in (name, name.partition(".")[2]) for name in tags))
            and (self.text or "").lower() in words
        )


class Shelves:
    """Which pack a loaded path belongs to: `packs` names the folders of the added ones, the rest is ours."""

    def __init__(self, packs: Mapping[str, Path]) -> None:
        self._shelves = {f"{folder}{end}": name for name, folder in packs.items() for end in "/!"}

    def place(self, path: str) -> tuple[str, str]:
        """The pack's name and the path within it."""
        for start, name in self._shelves.items():
            if path.startswith(start):
                return name, path.removeprefix(start)
        return OWN, path.rpartition("/detections/rules/")[2]


def list_rules(
    pack: RulePack, shelves: Shelves, sight: Sight, costs: Mapping[str, RuleCost]
) -> Iterator[Listed]:
    """Rules, correlations and refused files of everything loaded."""
    known: dict[str, Listed] = {}
    for number, rule in enumerate(pack.rules):
        state: State = "waiting" if rule.waiting else "ready" if sight(number) else "no source"
        why = " ".join(f"%{one}%" for one in rule.waiting)
        known[rule.id] = _listed(rule, shelves, rule.logsource, state, why, costs.get(rule.id))
        yield known[rule.id]
    for one in pack.correlations:  # inner before outer
        source = {"category": f"correlation {one.type}"}
        below = [known[rule] for rule in one.rules]
        known[one.id] = _listed(one, shelves, source, *_standing(one, below), costs.get(one.id))
        yield known[one.id]
    for refused in pack.refused:
        name, path = shelves.place(refused.path)
        yield Listed("", Path(path).stem, "", name, {}, (), path, "refused", refused.reason)


def _standing(one: Correlation, below: Sequence[Listed]) -> tuple[State, str]:
    """A correlation's state and why, by those of the rules that it refers to."""
    lacking = [rule for rule in below if rule.state != "ready"]
    if _can_hold(one, {rule.id for rule in below} - {rule.id for rule in lacking}):
        return "ready", ""
    waiting = [rule for rule in lacking if rule.state == "waiting"]
    why = " ".join(dict.fromkeys(rule.why for rule in waiting)) or ", ".join(rule.title for rule in lacking)
    return "waiting" if waiting else "no source", why


def _can_hold(one: Correlation, ready: set[str]) -> bool:
    """Whether a correlation can ever hold where only these of its rules can hit."""
    if one.condition.alternatives:
        return bool(ready) and any(ready.issuperset(way.present) for way in one.condition.alternatives)
    if one.type not in TEMPORAL:
        return bool(ready)
    rising = [bound for bound in one.condition.bounds if bound.operator in ("gt", "gte", "eq")]
    return len(ready) >= max([1, *(bound.number + (bound.operator == "gt") for bound in rising)])


def sight_of(pack: RulePack, seen: frozenset[Kind]) -> Sight:
    """A rule has a source where a sensor of ours can give the events of one of its routes, and events of
    that kind have been seen (`seen` empty: nobody knows)."""
    of = {number: _routes(rule.logsource) for number, rule in enumerate(pack.rules)}
    fed = {
        one.rule
        for one in pack.plan.variants
        if (not seen or not seen.isdisjoint(one.kinds)) and _can_come(of[one.rule].get(one.route))
    }
    return fed.__contains__


def _routes(logsource: Mapping[str, str]) -> dict[str, Route]:
    return {route.name: route for route in routes(logsource)}


def _can_come(route: Route | None) -> bool:
    """True as well for a route that is not shipped: it is a site's own, which knows its sources."""
    return route is None or bool(producers(route))


def kinds_seen(events: EventStore) -> frozenset[Kind]:
    return frozenset(kind for kind in KINDS if events.count(Query(kinds=(kind,))))


def _listed(
    one: Rule | Correlation,
    shelves: Shelves,
    source: Mapping[str, str],
    state: State,
    why: str,
    cost: RuleCost | None,
) -> Listed:
    name, path = shelves.place(one.path)
    hits, seconds = (cost.hits, cost.seconds) if cost else (None, None)
    return Listed(one.id, one.title, one.level, name, source, one.tags, path, state, why, hits, seconds)


def worst_first(rules: Iterable[Listed]) -> list[Listed]:
    order = ("critical", "high", "medium", "low", "informational")
    return sorted(rules, key=lambda one: (order.index(one.level) if one.level in order else 9, one.title))
