"""The engine for one class of events: what is left to ask there, asked once for each distinct signature."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detections.engine.atoms import Numbered
from detections.engine.columns import Column, Group, Keys
from detections.engine.combine import Combiner
from detections.engine.costs import Costs
from detections.engine.guards import guards
from detections.engine.kept import Kept
from detections.engine.keywords import Keywords
from detections.engine.layout import Layout, Layouts
from detections.engine.pairs import Pair
from detections.engine.plan import Variant, refs
from detections.engine.rule import Atom
from detections.engine.signatures import Signatures

#: Signatures whose rules are remembered in one class.
_REMEMBERED = 200_000

#: An event's position in its batch, and the numbers of the rules that hit it.
Hits = tuple[int, tuple[int, ...]]
MakeColumn = Callable[[tuple[str, ...], Sequence[Numbered], Mapping[int, frozenset[int]]], Column]


@dataclass
class _Known:
    """What a signature means: rules that hit, and keyword variants that may."""

    rules: tuple[int, ...]
    possible: tuple[int, ...]
    held: frozenset[int]
    without: tuple[int, ...] | None = None


class Specialist:
    """Rules for events of one class."""

    def __init__(
        self,
        variants: Sequence[Variant],
        atoms: Sequence[Atom],
        weights: Sequence[float],
        make: MakeColumn,
        signatures: Signatures,
        costs: Costs,
        kept: Kept,
    ) -> None:
        used = [frozenset(refs(one.condition)) for one in variants]
        asked = sorted(frozenset().union(*used))
        anywhere = frozenset(number for number in asked if not atoms[number].fields)
        quiet = [one for one, its in zip(variants, used, strict=True) if anywhere.isdisjoint(its)]
        asking = [one for one, its in zip(variants, used, strict=True) if not anywhere.isdisjoint(its)]
        self._combiner = Combiner(quiet, costs)
        self._keywords = Keywords(asking, atoms, kept)
        self._layouts = Layouts(
            _columns(
                [(number, atoms[number]) for number in asked],
                guards([one.condition for one in variants], atoms, weights),
                make,
            ),
            [Pair(number, atoms[number], signatures) for number in asked if atoms[number].compare == "same"],
            signatures,
        )
        self._known: dict[int, _Known] = {}

    def match(self, group: Group) -> Iterator[Hits]:
        """The events of a group that some rule hits."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        layout = self._layouts.of(group)
        if layout.needs_columns:
            group = group.with_columns()
            layout = self._layouts.of(group)
        parts = layout.parts(group)
        signature = layout.signature(group, parts)
        distinct = dict(zip(signature.tolist(), range(group.size), strict=True))
        for key, place in distinct.items():
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = self._learn(layout, parts, place)
            if known.rules or known.possible:
                yield from self._hits(group, known, np.flatnonzero(signature == key).tolist())

    def _learn(self, layout: Layout, parts: Sequence[Keys], place: int) -> _Known:
        held = layout.held(parts, place)
        possible = self._keywords.possible(held)
        return _Known(self._combiner.rules(held), possible, held if possible else frozenset())

    def _hits(self, group: Group, known: _Known, places: Sequence[int]) -> Iterator[Hits]:
        searched = self._searched(known.possible, group) if known.possible else {}
        for place in places:
            rules = self._with_keywords(known, searched.get(place)) if known.possible else known.rules
            if rules:
                yield int(group.positions[place]), rules

    def _searched(self, possible: tuple[int, ...], group: Group) -> dict[int, frozenset[int]]:
        found = group.keywords.get(possible)
        if found is None:
            found = group.keywords[possible] = self._keywords.find(possible, group)
        return found

    def _with_keywords(self, known: _Known, held: frozenset[int] | None) -> tuple[int, ...]:
        if held:
            return self._merged(known, known.held | held)
        if known.without is None:
            known.without = self._merged(known, known.held)
        return known.without

    def _merged(self, known: _Known, held: frozenset[int]) -> tuple[int, ...]:
        more = self._keywords.rules(known.possible, held)
        return tuple(sorted({*known.rules, *more})) if more else known.rules


def _columns(
    asked: Sequence[Numbered], guarded: Mapping[int, frozenset[int]], make: MakeColumn
) -> list[Column]:
    """A column for every field that is asked."""
    of: dict[tuple[str, ...], list[Numbered]] = defaultdict(list)
    for number, atom in asked:
        if atom.fields and atom.compare != "same":
            of[atom.fields].append((number, atom))
    return [
        make(fields, atoms, {n: guarded[n] for n, _ in atoms if n in guarded})
        for fields, atoms in sorted(of.items())
    ]
