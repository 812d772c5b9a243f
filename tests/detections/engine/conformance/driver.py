"""The one door between these tests and the engine: rules as text in, which events hit out.

What knows the engine's own names stands in `loaded` and `engine_of`; fit those when they change.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import yaml

from detections.engine.load import RulePack, load_rules
from detections.engine.sigma import SigmaEngine
from taishi.core.event import Batch, BatchBuilder, Json
from taishi.kit.kept import Kept
from tests.detections.engine.conformance.tables import as_tables

#: Compiled code is made once for all tests of a process.
_KEPT = Kept(Path(tempfile.mkdtemp(prefix="taishi-tests-")))
WHEN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
#: Where a rule of these tests is looked for: events of kind `other`.
LOGSOURCE = {"product": "taishi", "category": "other"}

EventFields = Mapping[str, Json]


@dataclass(frozen=True)
class Judgement:
    """What became of some rules and events: titles that hit, an event each; what was refused, what waits.

    `waiting`: placeholders that have no values, of rules that were taken all the same.
    """

    hits: list[set[str]]
    refused: list[str]
    waiting: list[str]


def loaded(paths: Iterable[Path]) -> RulePack:
    return load_rules(paths)


def engine_of(pack: RulePack, *, scanning: bool = False) -> SigmaEngine:
    """`scanning`: texts by compiled code from the first event on, which else begins where there are many."""
    return SigmaEngine(pack.plan, _KEPT, scan_from=0) if scanning else SigmaEngine(pack.plan)


def engine_for(rule_yaml: str) -> SigmaEngine:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rule.yml").write_text(rule_yaml, "utf-8")
        return engine_of(loaded([Path(folder)]))


def engine_hits(
    pack: RulePack, events: Sequence[EventFields], sizes: Iterable[int] = (), tables: bool = True
) -> list[set[str]]:
    """Titles of the rules that hit, an event each; the events in batches of `sizes` (else all in one).

    Whether texts are compared by compiled code or value by value makes no difference, nor whether events are
    mappings or `tables`.
    """
    sizes = list(sizes)
    hits = _hits(engine_of(pack), events, sizes)
    assert _hits(engine_of(pack, scanning=True), events, sizes) == hits, "the compiled scan differs"
    for told in ((), ("F",)) if tables else ():
        assert _table_hits(engine_of(pack, scanning=True), events, sizes, told) == hits, "tables differ"
    return hits


def _table_hits(
    engine: SigmaEngine, events: Sequence[EventFields], sizes: Iterable[int], told: Sequence[str]
) -> list[set[str]]:
    hits: list[set[str]] = []
    for batch in batches(events, sizes):
        rows = [dict(one) for one in events[len(hits) : len(hits) + len(batch)]]
        found = dict(engine.match_short(as_tables(batch, rows, told), {}))
        hits += [{engine.rules[rule].title for rule in found.get(place, ())} for place in range(len(rows))]
    return hits


def _hits(engine: SigmaEngine, events: Sequence[EventFields], sizes: Iterable[int]) -> list[set[str]]:
    hits: list[set[str]] = [set() for _ in events]
    for batch in batches(events, sizes):
        for rule, event in engine.match(batch):
            place = hits[event.number("taishi.record")]
            assert rule.title not in place, f"{rule.title} hit the same event twice"
            place.add(rule.title)
    return hits


def judged(files: Mapping[str, str], events: Sequence[EventFields], sizes: Iterable[int] = ()) -> Judgement:
    """The engine's own judgement on rule files, by name, and events."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, "utf-8")
        pack = loaded([Path(folder)])
    waiting = [name for rule in pack.rules for name in getattr(rule, "waiting", ())]
    return Judgement(engine_hits(pack, events, sizes), refusals(pack), waiting)


def refusals(pack: RulePack) -> list[str]:
    return [f"{one.path}: {one.reason}" for one in pack.refused]


def matches(rule_yaml: str, events: Sequence[EventFields]) -> list[bool]:
    """Which of the events hit; every rule must have been taken."""
    found = judged({"rule.yml": rule_yaml}, events)
    assert not found.refused, f"refused: {found.refused}"
    return [bool(titles) for titles in found.hits]


def batches(events: Sequence[EventFields], sizes: Iterable[int] = ()) -> Iterator[Batch]:
    """The events as batches of kind `other`; `taishi.record` is their number, from 0."""
    builder, given = BatchBuilder("other", "-", "-"), iter(sizes)
    room = next(given, 0)
    for number, fields in enumerate(events):
        builder.add(number, {"@timestamp": WHEN}, fields)
        if len(builder) == room:
            yield from _taken(builder)
            room = next(given, 0)
    yield from _taken(builder)


def _taken(builder: BatchBuilder) -> Iterator[Batch]:
    batch = builder.take()
    if batch is not None:
        yield batch


_numbers = count(1)


def rule_document(detection: Mapping[str, object], title: str = "A rule") -> dict[str, object]:
    """A whole rule around a detection section, with an id of its own."""
    return {
        "title": title,
        "id": f"7d4c0f5e-2f5a-4f0e-9a39-{next(_numbers):012x}",
        "status": "test",
        "logsource": LOGSOURCE,
        "detection": detection,
        "level": "medium",
    }


def as_yaml(*documents: Mapping[str, object]) -> str:
    return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False)
