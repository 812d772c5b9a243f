"""The engine for one class of events: what is left to ask there, asked once for each distinct signature."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from detections.engine.atoms import Numbered
from detections.engine.columns import Column, Group
from detections.engine.combine import Combiner
from detections.engine.costs import Costs
from detections.engine.keywords import Keywords
from detections.engine.layout import Layout, Parts
from detections.engine.layouts import Layouts
from detections.engine.pairs import Pair
from detections.engine.plan import Variant, refs
from detections.engine.rule import Atom
from detections.engine.scanning import MakeColumn, Scanning, Shared
from detections.engine.signatures import Signatures
from taishi.kit.kept import Kept

#: Signatures whose rules are remembered in one class.
_REMEMBERED = 200_000

#: An event's position in its batch, and the numbers of the rules that hit it.
Hits = tuple[int, tuple[int, ...]]


@dataclass
class _Known:
    """What a signature means: rules that hit, keyword variants that may; `number` is that of the latter."""

    rules: tuple[int, ...]
    possible: tuple[int, ...]
    number: int
    held: frozenset[int]
    without: tuple[int, ...] | None = None


#: A signature, the rules that hit its events if no keyword holds, and the keywords that do, by place.
_Hitting = tuple[_Known, tuple[int, ...], Mapping[int, frozenset[int]]]
_NOWHERE: Mapping[int, frozenset[int]] = {}


class Specialist:
    """Rules for events of one class."""

    def __init__(
        self,
        variants: Sequence[Variant],
        atoms: Sequence[Atom],
        guards: Mapping[int, frozenset[int]],
        make: MakeColumn,
        shared: Shared,
        signatures: Signatures,
        costs: Costs,
        kept: Kept,
    ) -> None:
        used = [frozenset(refs(one.condition)) for one in variants]
        every = frozenset().union(*used)
        asked = sorted(every)
        anywhere = frozenset(number for number in asked if not atoms[number].fields)
        quiet = [one for one, its in zip(variants, used, strict=True) if anywhere.isdisjoint(its)]
        asking = [one for one, its in zip(variants, used, strict=True) if not anywhere.isdisjoint(its)]
        self._combiner = Combiner(quiet, costs)
        self._keywords = Keywords(asking, atoms, kept, shared.sightings)
        guarded = {n: guards[n] for n in asked if n in guards and guards[n] <= every}
        columns = _columns([(number, atoms[number]) for number in asked], guarded, make)
        self._layouts = Layouts(
            columns,
            [Pair(number, atoms[number], signatures) for number in asked if atoms[number].compare == "same"],
            signatures,
            Scanning(columns, guarded, shared, make),
        )
        self._known: dict[int, _Known] = {}
        self._numbers: dict[tuple[int, ...], int] = {}

    def match(self, group: Group) -> Iterator[Hits]:
        """The events of a group that some rule hits."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        layout = self._layouts.of(group)
        if layout.needs_columns:
            group = group.with_columns()
            layout = self._layouts.of(group)
        parts = layout.parts(group)
        keys = layout.signature(group, parts).tolist()
        hitting: dict[int, _Hitting] = {}
        distinct = dict(zip(keys, range(group.size), strict=True))
        new = [place for key, place in distinct.items() if key not in self._known]
        if new:
            parts.look_at(new)
        for key, place in distinct.items():
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = self._learn(layout, parts, place)
            found = self._hitting(known, group)
            if found is not None:
                hitting[key] = found
        if hitting:
            for place, key in enumerate(keys):
                if key in hitting:
                    rules = self._hit(hitting[key], place)
                    if rules:
                        yield int(group.positions[place]), rules

    def _learn(self, layout: Layout, parts: Parts, place: int) -> _Known:
        held = layout.held(parts, place)
        possible = self._keywords.possible(held)
        number = self._numbers.setdefault(possible, len(self._numbers))
        return _Known(self._combiner.rules(held), possible, number, held if possible else frozenset())

    def _hitting(self, known: _Known, group: Group) -> _Hitting | None:
        """What may hit events of a signature in this group; None where nothing can."""
        if not known.possible:
            return (known, known.rules, _NOWHERE) if known.rules else None
        searched = self._searched(known, group)
        if known.without is None:
            known.without = self._merged(known, known.held)
        return (known, known.without, searched) if known.without or searched else None

    def _hit(self, hitting: _Hitting, place: int) -> tuple[int, ...]:
        known, without, searched = hitting
        held = searched.get(place)
        return self._merged(known, known.held | held) if held else without

    def _searched(self, known: _Known, group: Group) -> dict[int, frozenset[int]]:
        found = group.keywords.get(known.number)
        if found is None:
            found = group.keywords[known.number] = self._keywords.find(known.possible, group)
        return found

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
