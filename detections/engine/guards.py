"""Texts that need not be looked for everywhere: in `a and b` of one field, b matters only where a was found.

Common texts (` -c`, `.exe`) stand beside rare ones in most rules. To search for the rare one alone, and ask
for the common one where it was found, saves most finds, and differences between events that mean nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from detections.engine.rule import All, Atom, Condition, Not, Ref, Some

#: Only these are found as texts, and so can guard or be guarded.
_TEXTS = frozenset({"contains", "startswith", "endswith", "like"})
_Fields = tuple[str, ...]
#: For each field atoms of which one must hold for the condition to.
_Needed = dict[_Fields, frozenset[int]]


def guards(
    conditions: Iterable[Condition], atoms: Sequence[Atom], weights: Sequence[float]
) -> dict[int, frozenset[int]]:
    """For each atom that has them: it need only be asked where one of these atoms of its field holds."""
    walk = _Walk(atoms, weights)
    for condition in conditions:
        walk.visit(condition, {})
    return {atom: found for atom, found in walk.guards.items() if atom not in walk.free}


class _Walk:
    def __init__(self, atoms: Sequence[Atom], weights: Sequence[float]) -> None:
        self._atoms, self._weights = atoms, weights
        self.free: set[int] = set()
        self.guards: dict[int, frozenset[int]] = defaultdict(frozenset)

    def visit(self, node: Condition, guard: _Needed) -> None:
        """Notes every atom under the node; `guard` holds where it stands."""
        if isinstance(node, Ref):
            self._note(node.atom, guard)
        elif isinstance(node, Not):
            self.visit(node.part, guard)
        elif isinstance(node, Some):
            for part in node.parts:
                self.visit(part, guard)
        elif isinstance(node, All):
            self._visit_all(node.parts, guard)

    def _note(self, number: int, guard: _Needed) -> None:
        atom = self._atoms[number]
        found = guard.get(atom.fields)
        if found is None or atom.compare not in _TEXTS or number in found:
            self.free.add(number)
        else:
            self.guards[number] |= found

    def _visit_all(self, parts: Sequence[Condition], guard: _Needed) -> None:
        needed = [self._needed(part) for part in parts]
        best: dict[_Fields, int] = {}
        for place, found in enumerate(needed):
            for fields, numbers in found.items():
                known = best.get(fields)
                if known is None or self._weight(numbers) < self._weight(needed[known][fields]):
                    best[fields] = place
        for place, part in enumerate(parts):
            stronger = {fields: needed[at][fields] for fields, at in best.items() if at != place}
            self.visit(part, {**stronger, **guard})

    def _needed(self, node: Condition) -> _Needed:
        if isinstance(node, Ref):
            atom = self._atoms[node.atom]
            return {atom.fields: frozenset({node.atom})} if atom.fields and atom.compare in _TEXTS else {}
        if isinstance(node, Some):
            found = [self._needed(part) for part in node.parts]
            shared = set(found[0]).intersection(*found[1:])
            return {fields: frozenset().union(*(one[fields] for one in found)) for fields in shared}
        if isinstance(node, All):
            return self._rarest([self._needed(part) for part in node.parts])
        return {}

    def _rarest(self, found: Iterable[_Needed]) -> _Needed:
        best: _Needed = {}
        for one in found:
            for fields, numbers in one.items():
                if fields not in best or self._weight(numbers) < self._weight(best[fields]):
                    best[fields] = numbers
        return best

    def _weight(self, numbers: frozenset[int]) -> float:
        return sum(self._weights[number] for number in numbers)
