"""The engine for one class of events: what is left to ask there, asked once for each distinct signature."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from detections.engine.atoms import Numbered
from detections.engine.columns import Column, Group, Keys
from detections.engine.combine import Combiner
from detections.engine.costs import Costs
from detections.engine.keywords import Keywords
from detections.engine.late import Held, Late
from detections.engine.layouts import Layouts
from detections.engine.pairs import Pair
from detections.engine.plan import Plan, Variant, refs
from detections.engine.scanning import MakeColumn, Scanning, Shared
from detections.engine.signatures import Signatures
from taishi.kit.kept import Kept

#: Signatures whose rules are remembered in one class.
_REMEMBERED = 200_000

#: With fewer signatures that hit, their events are sought in the column of signatures.
_FEW = 16

#: An event's position in its batch, and the numbers of the rules that hit it.
Hits = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class _Known:
    """What a signature means. `rules` hit, and `without`: all that hit where no keyword holds.

    `possible`: a number for the keyword variants that may hit; `held`: the atoms that hold, if there are any.
    """

    rules: tuple[int, ...]
    without: tuple[int, ...]
    possible: int
    held: frozenset[int]


class Specialist:
    """Rules for events of one class."""

    def __init__(
        self,
        variants: Sequence[Variant],
        plan: Plan,
        make: MakeColumn,
        shared: Shared,
        signatures: Signatures,
        costs: Costs,
        kept: Kept,
    ) -> None:
        atoms, guards = plan.atoms, plan.guards
        used = [frozenset(refs(one.condition)) for one in variants]
        every = frozenset().union(*used)
        asked = sorted(every)
        anywhere = frozenset(number for number in asked if not atoms[number].fields)
        quiet = [one for one, its in zip(variants, used, strict=True) if anywhere.isdisjoint(its)]
        asking = [one for one, its in zip(variants, used, strict=True) if not anywhere.isdisjoint(its)]
        self._keywords = Keywords(asking, plan, kept, shared.sightings)
        self._late = Late([*quiet, *asking], atoms, plan.weights, signatures)
        late = self._late.numbers
        self._combiner = Combiner([one for one in quiet if late.isdisjoint(refs(one.condition))], costs)
        late_ones = [one for one in self._late.variants if anywhere.isdisjoint(refs(one.condition))]
        self._late_combiner, self._late_ones = Combiner(late_ones, costs), len(late_ones)
        guarded = {n: guards[n] for n in asked if n in guards and guards[n] <= every}
        columns = _columns([(number, atoms[number]) for number in asked], guarded, late, make)
        self._layouts = Layouts(
            columns,
            [Pair(n, atoms[n], signatures, n in late) for n in asked if atoms[n].compare == "same"],
            signatures,
            Scanning(columns, guarded, shared, make),
        )
        self._known: dict[int, _Known] = {}
        #: Signatures that hit nothing but by keywords: the number of the variants that may.
        self._quiet: dict[int, int] = {}
        #: Keyword variants that may hit, by number; 0: none.
        self._possible: list[tuple[int, ...]] = [()]
        self._numbers: dict[tuple[int, ...], int] = {(): 0}

    def match(self, group: Group) -> Iterator[Hits]:
        """The events of a group that some rule hits."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
            self._quiet.clear()
        layout = self._layouts.of(group)
        if layout.needs_columns:
            group = group.with_columns()
            layout = self._layouts.of(group)
        signature, held_at = self._late.ask(layout, group)
        keys: list[int] = signature.tolist()
        distinct = dict(zip(keys, range(group.size), strict=True))
        quiet = self._quiet
        loud = [key for key in distinct if key not in quiet]
        new = [distinct[key] for key in loud if key not in self._known]
        if new:
            for place, held in zip(new, held_at(new), strict=True):
                self._learn(keys[place], held)
        hitting = {key: rules for key in loud if (rules := self._known[key].without)}
        hits = _hits(hitting, signature, keys)
        for number in self._asking(distinct):
            self._search(number, group, keys, hits)
        for place, rules in hits.items():
            if rules:
                yield int(group.positions[place]), rules

    def _learn(self, key: int, found: Held) -> None:
        held = found.atoms
        possible = self._keywords.possible(held)
        number = self._numbers.setdefault(possible, len(self._numbers))
        if number == len(self._possible):
            self._possible.append(possible)
        rules = self._rules(found)
        without = self._merged(rules, number, held)
        self._known[key] = _Known(rules, without, number, held if possible else frozenset())
        if not without:
            self._quiet[key] = number

    def _rules(self, found: Held) -> tuple[int, ...]:
        """The rules that hit, those with keywords apart."""
        late = None if found.late is None else [one for one in found.late if one < self._late_ones]
        rules, more = self._combiner.rules(found.atoms), self._late_combiner.rules(found.atoms, late)
        return tuple(sorted({*rules, *more})) if more else rules

    def _asking(self, distinct: Iterable[int]) -> set[int]:
        """The numbers of keyword variants that may hit events of these signatures."""
        if len(self._possible) == 1:
            return set()
        numbers: set[int | None] = set(map(self._quiet.get, distinct))
        if None in numbers:
            numbers.update(self._known[key].possible for key in distinct if key not in self._quiet)
        return {number for number in numbers if number}

    def _search(
        self, number: int, group: Group, keys: Sequence[int], hits: dict[int, tuple[int, ...]]
    ) -> None:
        """What keywords change in the hits of a group, for events whose variants have this number."""
        for place, atoms in self._keywords.find(self._possible[number], group).items():
            known = self._known[keys[place]]
            if known.possible == number:
                hits[place] = self._merged(known.rules, number, known.held | atoms)

    def _merged(self, rules: tuple[int, ...], number: int, held: frozenset[int]) -> tuple[int, ...]:
        """With the rules that hit by keyword variants where these atoms hold."""
        more = self._keywords.rules(self._possible[number], held) if number else ()
        return tuple(sorted({*rules, *more})) if more else rules


def _hits(
    hitting: Mapping[int, tuple[int, ...]], signature: Keys, keys: Sequence[int]
) -> dict[int, tuple[int, ...]]:
    """The rules that hit, by place, of signatures that hit."""
    if len(hitting) >= _FEW:
        return {place: hitting[key] for place, key in enumerate(keys) if key in hitting}
    hits: dict[int, tuple[int, ...]] = {}
    for key, rules in hitting.items():
        hits.update(dict.fromkeys(np.flatnonzero(signature == key).tolist(), rules))
    return hits


def _columns(
    asked: Sequence[Numbered], guarded: Mapping[int, frozenset[int]], late: Set[int], make: MakeColumn
) -> list[Column]:
    """A column for every field that is asked, and one for what is asked of it late."""
    of: dict[tuple[tuple[str, ...], bool], list[Numbered]] = defaultdict(list)
    for number, atom in asked:
        if atom.fields and atom.compare != "same":
            of[atom.fields, number in late].append((number, atom))
    return [
        make(fields, atoms, {n: guarded[n] for n, _ in atoms if n in guarded}, is_late)
        for (fields, is_late), atoms in sorted(of.items())
    ]
