"""The Sigma engine: rules against events, batch by batch; the same hits whatever the batches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from detections.engine.atoms import Numbered
from detections.engine.classes import Classes
from detections.engine.columns import Budget, Column, Group, Short, chosen, extras, groups
from detections.engine.costs import Costs
from detections.engine.layouts import Layouts
from detections.engine.plan import Plan, refs
from detections.engine.remembered import Oddities, Remembered
from detections.engine.rule import Rule
from detections.engine.scanning import WORTH, Shared
from detections.engine.signatures import Signatures
from detections.engine.specialist import Hits, Specialist
from detections.engine.tables import TableGroup
from taishi.core.ecs import Kind, schema
from taishi.core.event import Batch, Event
from taishi.core.flat import FlatRecords
from taishi.core.table import Shape
from taishi.kit.kept import Kept

#: Classes of events for which an engine is kept.
_CLASSES = 2_000


class SigmaEngine:
    """Matches single-event rules. Pure: an event's hits never depend on other events."""

    def __init__(self, plan: Plan, kept: Kept | None = None, scan_from: int = WORTH) -> None:
        """`scan_from`: events from which texts are scanned by compiled code; 0 scans any group of events."""
        self.rules: tuple[Rule, ...] = plan.rules
        self.costs = Costs(len(plan.rules))
        self._plan, self._kept = plan, kept or Kept(None)
        self._signatures, self._budget = Signatures(), Budget(Remembered(self._kept))
        self._oddities = Oddities(self._kept)
        self._shared = Shared(plan.patterns, self._kept, scan_from)
        self._classes = Classes(plan)
        self._asked_kinds = frozenset(kind for variant in plan.variants for kind in variant.kinds)
        self._routing: dict[Kind, Layouts] = {}
        self._specialists: dict[tuple[Kind, int], Specialist | None] = {}
        #: The same for tables all of whose events are of one class, by their shapes.
        self._of_shapes: dict[Shape, Specialist | None] = {}

    def match(self, batch: Batch) -> Iterator[tuple[Rule, Event]]:
        """Every (rule, event) that hits, in the batch's order; a rule at most once an event."""
        if batch.kind not in self._asked_kinds or not len(batch):
            return
        found = self._match(groups(extras(batch), batch), batch, len(batch))
        if found:
            for event, (_, rules) in zip(chosen(batch, [at for at, _ in found]), found, strict=True):
                for rule in rules:
                    yield self.rules[rule], event

    def match_event(self, event: Event) -> list[Rule]:
        """The rules that hit one event: for examples and pages, not for streams."""
        rows = pa.RecordBatch.from_pylist([dict(event.fields)], schema=schema(event.kind))
        return [rule for rule, _ in self.match(Batch(event.kind, rows))]

    def match_short(self, records: FlatRecords, answered: Mapping[str, str]) -> list[Hits]:
        """The same for records that are no whole events yet: (place, numbers of the rules that hit)."""
        if records.kind not in self._asked_kinds:
            return []
        short = Short(records.kind, answered, records.batch)
        return self._match(self._groups(records, short), short, len(records))

    def _groups(self, records: FlatRecords, short: Short) -> Iterator[Group]:
        """Tables as they are, but for events that are compared one by one; those, and the rest, by shape."""
        loose, places = list(records.loose), [records.loose_places]
        for table in records.tables:
            odd = self._oddities.of(table)
            if odd.any():
                loose += table.part(odd).rows()
                places.append(table.positions[odd])
                table = table.part(~odd)
            if len(table):
                yield TableGroup(table, short)
        if loose:
            yield from groups(loose, short, self._apart(short), np.concatenate(places))

    def _match(self, given: Iterable[Group], behind: Batch | Short, size: int) -> list[Hits]:
        self._budget.settle()
        self._shared.expect(size)
        found: list[Hits] = []
        for group in given:
            for part, specialist in self._by_class(behind.kind, group):
                found += specialist.match(part)
        found.sort()
        for _, rules in found:
            for rule in rules:
                self.costs.hits[rule] += 1
        return found

    def _apart(self, behind: Short) -> tuple[str, ...]:
        """Own fields that say what an event is: with one value of each, a group is of one class."""
        return tuple(
            sorted(
                {own for name, own in behind.answered.items() if name in self._routing_of(behind.kind).names}
            )
        )

    def _by_class(self, kind: Kind, group: Group) -> list[tuple[Group, Specialist]]:
        """The group's events by class, without those that no rule asks about."""
        shape = group.shape if isinstance(group, TableGroup) else None
        if shape in self._of_shapes:
            known = self._of_shapes[shape]
            return [(group, known)] if known is not None else []
        layout = self._routing_of(kind).of(group)
        if layout.needs_columns:
            group = group.with_columns()
            layout = self._routing_of(kind).of(group)
        asked = group.part([0]) if layout.is_uniform(group) else group
        parts = layout.parts(asked)
        signature = layout.signature(asked, parts)
        distinct = dict(zip(signature.tolist(), range(asked.size), strict=True))
        found = []
        for key, place in distinct.items():
            if (kind, key) not in self._specialists:
                self._learn(kind, key, layout.held(parts, [place])[0])
            specialist = self._specialists[kind, key]
            if shape is not None and layout.is_uniform(group):
                if len(self._of_shapes) > _CLASSES:
                    self._of_shapes.clear()
                self._of_shapes[shape] = specialist
            if specialist is not None:
                alone = len(distinct) == 1
                part = group if alone else group.part(np.flatnonzero(signature == key).tolist())
                found.append((part, specialist))
        return found

    def _learn(self, kind: Kind, key: int, held: frozenset[int]) -> None:
        if len(self._specialists) > _CLASSES:
            self._specialists.clear()
            self._of_shapes.clear()
        variants = list(self._classes.variants(kind, held))
        self._specialists[kind, key] = (
            Specialist(
                variants,
                self._plan,
                self._column,
                self._shared,
                self._signatures,
                self.costs,
                self._kept,
            )
            if variants
            else None
        )

    def _routing_of(self, kind: Kind) -> Layouts:
        known = self._routing.get(kind)
        if known is None:
            known = self._routing[kind] = self._made_routing(kind)
        return known

    def _made_routing(self, kind: Kind) -> Layouts:
        """The routing fields that rules ask of this kind."""
        variants = [one for one in self._plan.variants if kind in one.kinds]
        gates = [part for one in variants for part in one.gate]
        mixed = [one.condition for one in variants if one.mixed]
        used = {number for condition in (*gates, *mixed) for number in refs(condition)}
        of: dict[tuple[str, ...], list[Numbered]] = defaultdict(list)
        for number in used.intersection(self._plan.routing):
            atom = self._plan.atoms[number]
            if atom.compare != "never":
                of[atom.fields].append((number, atom))
        columns = [self._column(fields, atoms, {}) for fields, atoms in sorted(of.items())]
        return Layouts(columns, (), self._signatures)

    def _column(
        self,
        fields: tuple[str, ...],
        atoms: Sequence[Numbered],
        guards: Mapping[int, frozenset[int]],
        late: bool = False,
    ) -> Column:
        return Column(fields, atoms, guards, self._signatures, self._budget, self._kept, late)
