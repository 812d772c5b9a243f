"""What is dear to ask comes late: expressions, numbers, networks, times, fields compared with fields.

The scan and the shape decide all else first; these are only asked of events in which a rule could still hit
that needs them. Of tables: mappings are asked everything at once.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import NamedTuple

import numpy as np

from detections.engine.columns import Group, Keys
from detections.engine.hopes import ALWAYS, Hopes, hopeful
from detections.engine.layout import Layout, Parts
from detections.engine.plan import COMMON, Variant, refs
from detections.engine.rule import Atom
from detections.engine.signatures import Signatures

#: Comparisons that are asked at once.
_CHEAP = frozenset({"contains", "startswith", "endswith", "equals", "like", "null", "exists", "any", "never"})
#: Signatures for which it is remembered what they want.
_REMEMBERED = 200_000
_NOTHING: frozenset[tuple[str, ...] | int] = frozenset()


class Held(NamedTuple):
    """The atoms that hold in an event. `late`: which variants may hit that have late ones; None: any."""

    atoms: frozenset[int]
    late: tuple[int, ...] | None


#: What holds in the events at some places of a group.
HeldAt = Callable[[Sequence[int]], list[Held]]


class Late:
    """The late atoms of a class, `numbers`: all dear ones but those that a rule may need in any event."""

    def __init__(
        self,
        variants: Sequence[Variant],
        atoms: Sequence[Atom],
        weights: Sequence[float],
        signatures: Signatures,
    ) -> None:
        """`variants`: those that ask for no keywords first."""
        used = [frozenset(refs(one.condition)) for one in variants]
        every = frozenset().union(*used)
        keywords = frozenset(number for number in every if not atoms[number].fields)
        dear = frozenset(number for number in every - keywords if _is_dear(atoms[number]))
        unknown = dear | keywords
        needed = [
            its & dear
            for one, its in zip(variants, used, strict=True)
            if not its.isdisjoint(dear) and hopeful(one.condition, unknown) == ALWAYS
        ]
        # What else is asked of a field that is asked in any event costs next to nothing.
        at_once = {_asked(number, atoms[number]) for its in needed for number in its}
        self.numbers = frozenset(number for number in dear if _asked(number, atoms[number]) not in at_once)
        #: The variants that have late atoms.
        self.variants = [
            one for one, its in zip(variants, used, strict=True) if not its.isdisjoint(self.numbers)
        ]
        self._hopes = Hopes(self.variants, self.numbers | keywords, weights)
        #: What each of them wants: fields, or a pair by its number.
        self._of = [
            frozenset(_asked(n, atoms[n]) for n in self.numbers.intersection(refs(one.condition)))
            for one in self.variants
        ]
        self._signatures = signatures
        #: By what holds early, as a key: these atoms, who may hit, and what is to be asked late for that.
        self._held: dict[int, Held] = {}
        self._wants: dict[int, frozenset[tuple[str, ...] | int]] = {}

    def ask(self, layout: Layout, group: Group) -> tuple[Keys, HeldAt]:
        """One number an event that tells which atoms hold in it, and how to learn which these are."""
        parts = layout.parts(group)
        first = layout.signature(group, parts)
        if not layout.late:
            return first, lambda places: [Held(atoms, None) for atoms in layout.held(parts, places)]
        early: list[int] = first.tolist()
        distinct = dict(zip(early, range(group.size), strict=True))
        self._learn(distinct, layout, parts)
        keys = self._late_keys(layout, group, early, distinct.keys())
        return sum(keys, first), lambda places: [self._held_in(early[place], place, keys) for place in places]

    def _learn(self, distinct: Mapping[int, int], layout: Layout, parts: Parts) -> None:
        if len(self._held) > _REMEMBERED:
            self._held.clear()
            self._wants.clear()
        new = [key for key in distinct if key not in self._held]
        if new:
            for key, atoms in zip(new, layout.held(parts, [distinct[key] for key in new]), strict=True):
                possible = self._hopes.possible(atoms)
                self._held[key] = Held(atoms, possible)
                self._wants[key] = _NOTHING.union(*[self._of[one] for one in possible])

    def _late_keys(
        self, layout: Layout, group: Group, early: Sequence[int], distinct: Set[int]
    ) -> list[Keys]:
        """For each late field that some event wants what holds, as keys; 0 where it is not asked."""
        wanted = _NOTHING.union(*set(map(self._wants.__getitem__, distinct)))
        found = []
        for what, ask in layout.late:
            if what in wanted:
                asking = {key for key in distinct if what in self._wants[key]}
                places = [place for place, key in enumerate(early) if key in asking]
                keys = np.zeros(group.size, np.int64)
                keys[places] = ask(group.part(places))
                found.append(keys)
        return found

    def _held_in(self, early: int, place: int, keys: Sequence[Keys]) -> Held:
        held = self._held[early]
        late = [self._signatures.atoms(int(one[place])) for one in keys]
        return held._replace(atoms=held.atoms.union(*late)) if late else held


def _is_dear(atom: Atom) -> bool:
    return atom.compare not in _CHEAP and COMMON.isdisjoint(atom.fields)


def _asked(number: int, atom: Atom) -> tuple[str, ...] | int:
    return number if atom.compare == "same" else atom.fields
