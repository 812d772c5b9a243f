"""Short ways to say correlations and matches, and a plain reference that looks at everything every time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from itertools import combinations, product

import pytest
import yaml

from detections.engine.correlate.correlator import Correlator
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Correlated, Match, Value
from detections.engine.correlate.parse import parse_correlation
from detections.engine.correlate.resolve import resolve

Resolve = Callable[..., tuple[Correlation, ...]]
Run = Callable[..., list[Correlated]]
At = Callable[..., Match]


@pytest.fixture(name="load")
def _load() -> Resolve:
    """YAML documents → resolved correlations over the rules a, b, c and those named."""
    return _resolved


def _resolved(text: str, rules: Iterable[str] = ("a", "b", "c")) -> tuple[Correlation, ...]:
    documents = [one for one in yaml.safe_load_all(text) if one]
    found = resolve((parse_correlation(one, "test.yml") for one in documents), {rule: rule for rule in rules})
    assert found.refused == ()
    return found.correlations


@pytest.fixture(name="at")
def _at() -> At:
    """at(seconds, rule, event id, **fields): a match."""

    def match(seconds: float, rule: str = "a", event: str | None = None, **values: Value) -> Match:
        return Match(rule, event or f"{rule}@{seconds:g}", round(seconds * 1_000_000), values)

    return match


@pytest.fixture(name="run")
def _run() -> Run:
    """YAML and matches → what was reported by the end, each episode as it was reported last."""

    def run(
        text: str, matches: Iterable[Match], rules: Iterable[str] = ("a", "b", "c"), **options: int
    ) -> list[Correlated]:
        correlator = Correlator(_resolved(text, rules), timedelta(0), **options)
        last: Mapping[str, Correlated] = {
            one.id: one for found in (correlator.observe(matches), correlator.flush()) for one in found
        }
        return list(last.values())

    return run


@pytest.fixture(scope="session", name="reference")
def _reference() -> Callable[[Sequence[Correlation], Iterable[Match]], list[tuple[object, ...]]]:
    """(correlations, matches) → (correlation, group, events, count, first, last) of every episode, sorted."""
    return lambda correlations, matches: Reference(correlations).run(matches)


#: What an extended condition says, given "matched" and "did not match".
Says = Callable[[Callable[[str], bool], Callable[[str], bool]], bool]
EXTENDED: dict[str, Says] = {
    "a and b and c": lambda yes, _: yes("a") and yes("b") and yes("c"),
    "a or b and c": lambda yes, _: yes("a") or (yes("b") and yes("c")),
    "(a or b) and c": lambda yes, _: (yes("a") or yes("b")) and yes("c"),
    "a and b and not c": lambda yes, no: yes("a") and yes("b") and no("c"),
    "a AND NOT (b OR c)": lambda yes, no: yes("a") and no("b") and no("c"),
    "b and not (a and c)": lambda yes, no: yes("b") and (no("a") or no("c")),
}


@dataclass
class Seen:
    """A match or a firing as one group of one correlation saw it."""

    time: int
    event: str
    rule: str
    values: list[str]
    events: set[tuple[int, str]]
    row: list[dict[str, list[str]]]


@dataclass
class Story:
    """An episode."""

    name: str
    correlation: Correlation
    key: tuple[str, ...]
    first: Seen
    seen: list[Seen] = field(default_factory=list)
    #: What it had when it held last.
    told: list[Seen] = field(default_factory=list)

    def outcome(self) -> tuple[object, ...]:
        events = sorted(set().union(*(one.events for one in self.told)))
        group = tuple(zip(self.correlation.group_by, self.key, strict=True))
        ids = tuple(event for _, event in events)
        return self.correlation.id, group, ids, len(ids), events[0][0], events[-1][0]


class Reference:
    def __init__(self, correlations: Sequence[Correlation]) -> None:
        self.correlations = correlations
        self.history: dict[tuple[str, tuple[str, ...]], list[Seen]] = {}
        self.open: dict[tuple[str, tuple[str, ...]], Story] = {}
        self.windows: list[tuple[int, int, tuple[str, ...], int]] = []
        self.stories: list[Story] = []

    def run(self, matches: Iterable[Match]) -> list[tuple[object, ...]]:
        base = sorted({(one.time, one.event, one.rule): one for one in matches}.items())
        for (time, event, rule), match in base:
            self.close_before(time)
            row = {name: as_texts(value) for name, value in match.values.items()}
            self.hand(time, event, rule, [row], {(time, event)})
        self.close_before(10**18)
        return sorted(story.outcome() for story in self.stories if not story.correlation.silent)

    def hand(
        self, time: int, event: str, rule: str, rows: list[dict[str, list[str]]], events: set[tuple[int, str]]
    ) -> None:
        waiting = [(event, rule, rows, events)]
        while waiting:
            event, rule, rows, events = waiting.pop(0)
            for one in self.correlations:
                if rule in one.rules:
                    for story, new in self.place(one, time, event, rule, rows, events):
                        waiting.append(self.firing(story, new))

    def firing(
        self, story: Story, new: list[Seen]
    ) -> tuple[str, str, list[dict[str, list[str]]], set[tuple[int, str]]]:
        own = {name: [text] for name, text in zip(story.correlation.group_by, story.key, strict=True)}
        rows = [{**row, **own} for seen in new for row in seen.row]
        return story.name, story.correlation.id, rows, set().union(*(seen.events for seen in new))

    def place(
        self,
        one: Correlation,
        time: int,
        event: str,
        rule: str,
        rows: list[dict[str, list[str]]],
        events: set[tuple[int, str]],
    ) -> Iterable[tuple[Story, list[Seen]]]:
        groups: dict[tuple[str, ...], list[dict[str, list[str]]]] = {}
        for row in rows:
            named = {**row, **{alias: row.get(one.field(alias, rule), []) for alias in one.aliases}}
            for key in dict.fromkeys(product(*(named.get(name, []) for name in one.group_by))):
                groups.setdefault(key, []).append(named)
        for key, own in groups.items():
            values = [text for row in own for text in self.values(one, row)]
            if values or not one.condition.fields:
                story = self.see(one, key, Seen(time, event, rule, values, events, own))
                if story is not None:
                    yield story

    def values(self, one: Correlation, row: dict[str, list[str]]) -> list[str]:
        joined = [
            "\x1f".join(texts) for texts in product(*(row.get(name, []) for name in one.condition.fields))
        ]
        if one.type == "value_count" or not one.condition.fields:
            return joined
        return [text for text in joined if as_number(text) is not None]

    def see(self, one: Correlation, key: tuple[str, ...], seen: Seen) -> tuple[Story, list[Seen]] | None:
        place = (one.id, key)
        history = self.history.setdefault(place, [])
        if not one.condition.rising:
            if not any(at[0] == one.id and at[1] == key for at in self.windows_of(one, key)):
                self.windows.append(
                    (seen.time + one.timespan, self.correlations.index(one), key, len(history))
                )
            history.append(seen)
            return None
        within = [old for old in history if old.time >= seen.time - one.timespan]
        if not within:
            self.open.pop(place, None)
        if seen.events == {(seen.time, seen.event)} and any(self.same(one, old, seen) for old in within):
            return None
        history.append(seen)
        return self.rise(one, key, [*within, seen])

    def windows_of(self, one: Correlation, key: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        return [
            (self.correlations[index].id, own)
            for _, index, own, _ in self.windows
            if own == key and self.correlations[index] is one
        ]

    def same(self, one: Correlation, old: Seen, seen: Seen) -> bool:
        return old.event == seen.event and (not one.type.startswith("temporal") or old.rule == seen.rule)

    def rise(
        self, one: Correlation, key: tuple[str, ...], window: list[Seen]
    ) -> tuple[Story, list[Seen]] | None:
        holds = fulfilled(one, window)
        story = self.open.get((one.id, key))
        if story is None:
            if not holds:
                return None
            story = Story(f"{one.id}{key}{window[0].time}{window[0].event}", one, key, window[0])
            self.open[one.id, key] = story
            self.stories.append(story)
            story.seen = list(window)
        else:
            story.seen.append(window[-1])
            if not holds and not any(old is story.first for old in window):
                del self.open[one.id, key]
        if not holds:
            return None
        new = [seen for seen in story.seen if not any(seen is old for old in story.told)]
        story.told = list(story.seen)
        return story, new

    def close_before(self, time: int) -> None:
        while self.windows:
            due, index, key, start = min(self.windows, key=lambda window: window[:2])
            if due >= time:
                return
            self.windows.remove((due, index, key, start))
            one = self.correlations[index]
            window: list[Seen] = []
            for seen in self.history[one.id, key][start:]:
                if seen.events != {(seen.time, seen.event)} or not any(
                    self.same(one, old, seen) for old in window
                ):
                    window.append(seen)
            if fulfilled(one, window):
                name = f"{one.id}{key}{window[0].time}{window[0].event}"
                story = Story(name, one, key, window[0], window, window)
                self.stories.append(story)
                event, rule, rows, events = self.firing(story, window)
                self.hand(due, event, rule, rows, events)


def fulfilled(one: Correlation, window: list[Seen]) -> bool:
    if one.condition.alternatives:
        return extended(one, window)
    figure = measure(one, window)
    return all(compare(figure, bound.operator, Fraction(str(bound.number))) for bound in one.condition.bounds)


def compare(figure: Fraction, operator: str, bound: Fraction) -> bool:
    return {
        "lt": figure < bound,
        "lte": figure <= bound,
        "gt": figure > bound,
        "gte": figure >= bound,
        "eq": figure == bound,
        "neq": figure != bound,
    }[operator]


def measure(one: Correlation, window: list[Seen]) -> Fraction:
    if one.type == "event_count":
        return Fraction(len({seen.event for seen in window}))
    if one.type == "value_count":
        return Fraction(len({text for seen in window for text in seen.values}))
    if one.type == "temporal":
        return Fraction(len({seen.rule for seen in window}))
    if one.type == "temporal_ordered":
        orders = (some for size in (3, 2, 1) for some in combinations(one.rules, size))
        return Fraction(max((len(some) for some in orders if in_order(some, window)), default=0))
    numbers = sorted(
        number for seen in window for text in seen.values if (number := as_number(text)) is not None
    )
    if one.type == "value_sum":
        return sum(numbers, Fraction(0))
    if one.type == "value_avg":
        return sum(numbers, Fraction(0)) / len(numbers)
    part = {"value_min": 0, "value_max": 100, "value_median": 50}.get(one.type, one.condition.percentile)
    rank = Fraction(str(part)) * (len(numbers) - 1) / 100
    low = int(rank)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (rank - low) * (numbers[high] - numbers[low])


def in_order(rules: Sequence[str], window: list[Seen]) -> bool:
    def after(time: int, rest: Sequence[str]) -> bool:
        return not rest or any(
            after(seen.time, rest[1:]) for seen in window if seen.rule == rest[0] and seen.time >= time
        )

    return after(0, rules)


def extended(one: Correlation, window: list[Seen]) -> bool:
    says = EXTENDED[one.title]
    matched = {seen.rule for seen in window}
    ordered = one.type == "temporal_ordered"
    chosen = (set(some) for size in range(4) for some in combinations(sorted(matched), size))
    return any(
        says(some.__contains__, lambda rule: rule not in matched)
        for some in chosen
        if not ordered or in_order([rule for rule in one.rules if rule in some], window)
    )


def as_texts(value: Value) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [str(one) for one in values]


def as_number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except ValueError:
        return None
