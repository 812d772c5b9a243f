"""Atoms that hold become rules that hit: only rules that one of these atoms triggers are looked at."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from time import perf_counter

from detections.engine.costs import Costs
from detections.engine.plan import Variant
from detections.engine.rule import All, Condition, Not, Ref, Some

#: Told the atoms that hold in an event, says whether a rule hits it.
Test = Callable[[Set[int]], bool]

#: One signature in so many is timed and stands for the others: watching costs as much as many a test.
_TIMED = 16


class Combiner:
    """Rules by the atoms that hold. Conditions become tests when they are first asked for."""

    def __init__(self, variants: Sequence[Variant], costs: Costs) -> None:
        self._variants, self._costs = variants, costs
        self._rules = [one.rule for one in variants]
        self._tests: list[Test | None] = [None] * len(variants)
        self._turn = 0
        self._triggered: dict[int, list[int]] = defaultdict(list)
        self._untriggered = [number for number, one in enumerate(variants) if one.triggers is None]
        for number, variant in enumerate(variants):
            for atom in variant.triggers or ():
                self._triggered[atom].append(number)

    def rules(self, held: Set[int], among: Iterable[int] | None = None) -> tuple[int, ...]:
        """The rules that hit an event in which these atoms hold, in the plan's order.

        `among`: the only variants that may, by their place, where that is known.
        """
        candidates = self._candidates(held) if among is None else among
        if not candidates:
            return ()
        self._turn += 1
        holds = self._timed if self._turn % _TIMED == 0 else self._holds
        hit = {self._rules[number] for number in candidates if holds(number, held)}
        return tuple(sorted(hit)) if hit else ()

    def _candidates(self, held: Set[int]) -> Iterable[int]:
        found = set(self._untriggered)
        for atom in self._triggered.keys() & held:
            found.update(self._triggered[atom])
        return found

    def _holds(self, number: int, held: Set[int]) -> bool:
        test = self._tests[number]
        if test is None:
            test = self._tests[number] = compiled(self._variants[number].condition)
        return test(held)

    def _timed(self, number: int, held: Set[int]) -> bool:
        started = perf_counter()
        holds = self._holds(number, held)
        rule = self._rules[number]
        self._costs.seconds[rule] += (perf_counter() - started) * _TIMED
        self._costs.evaluations[rule] += _TIMED
        return holds


def compiled(node: Condition) -> Test:
    """The condition as a test on the atoms that hold. What sets alone can answer is asked first."""
    if isinstance(node, Ref):
        atom = node.atom
        return lambda held: atom in held
    if isinstance(node, Not):
        inner = compiled(node.part)
        return lambda held: not inner(held)
    assert isinstance(node, (All, Some))  # noqa: S101
    plain = frozenset(part.atom for part in node.parts if isinstance(part, Ref))
    sets, others = list[frozenset[int]](), list[Test]()
    within = Some if isinstance(node, All) else All
    for part in node.parts:
        if isinstance(part, within) and (atoms := _atoms(part)) is not None:
            sets.append(atoms)
        elif not isinstance(part, Ref):
            others.append(compiled(part))
    return _all(plain, sets, others) if isinstance(node, All) else _some(plain, sets, others)


def _atoms(node: All | Some) -> frozenset[int] | None:
    """Its parts, where all are atoms."""
    found = [part.atom for part in node.parts if isinstance(part, Ref)]
    return frozenset(found) if len(found) == len(node.parts) else None


def _all(plain: frozenset[int], each: list[frozenset[int]], others: list[Test]) -> Test:
    """All of `plain`, one of each of `each`, and all other tests."""
    if not each and not others:
        return lambda held: plain <= held

    def test(held: Set[int]) -> bool:
        if not plain <= held:
            return False
        for atoms in each:
            if atoms.isdisjoint(held):
                return False
        for other in others:  # noqa: SIM110 - a loop takes half the time of a generator
            if not other(held):
                return False
        return True

    return test


def _some(plain: frozenset[int], wholes: list[frozenset[int]], others: list[Test]) -> Test:
    """One of `plain`, all of one of `wholes`, or another test."""
    if not wholes and not others:
        return lambda held: not plain.isdisjoint(held)

    def test(held: Set[int]) -> bool:
        if not plain.isdisjoint(held):
            return True
        for atoms in wholes:
            if atoms <= held:
                return True
        for other in others:  # noqa: SIM110
            if other(held):
                return True
        return False

    return test
