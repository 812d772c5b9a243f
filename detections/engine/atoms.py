"""Atoms of one field, decided once per distinct value."""

import operator
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from ipaddress import ip_address, ip_network
from socket import AF_INET, inet_pton
from typing import TypeVar

from detections.engine.glob import Glob
from detections.engine.literals import Literals
from detections.engine.regexes import RegexSet
from detections.engine.rule import Atom
from detections.engine.texts import DASHED, DASHES, FOLDED, Form, form, forms, in_form
from detections.engine.times import PARTS, moment, time_part
from detections.engine.values import ABSENT, as_number, as_text, leaves
from taishi.core.event import Json, Value
from taishi.kit.kept import Kept

#: Numbered as in the plan.
Numbered = tuple[int, Atom]
#: The exact test of a pattern on a value, by its form.
Check = tuple[Form, Callable[[str], bool]]

_Compare = Callable[[int | float, int | float], bool]
_COMPARE: dict[str, _Compare] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "neq": operator.ne,
}
#: Parts of dates are equal where nothing else is said.
_PART_COMPARE: dict[str, _Compare] = {"": operator.eq, **_COMPARE}
_TEXTS = ("contains", "startswith", "endswith", "like")
_ALL_TEXT = frozenset({str})
_NO_GUARDS: Mapping[int, frozenset[int]] = {}


class FieldAtoms:
    """Every atom that rules ask of one field."""

    def __init__(
        self, atoms: Sequence[Numbered], kept: Kept, guards: Mapping[int, frozenset[int]] = _NO_GUARDS
    ) -> None:
        self._asked, self._kept, self._guarded = atoms, kept, bool(guards)
        of: dict[str, list[Numbered]] = defaultdict(list)
        for number, atom in atoms:
            of[atom.compare].append((number, atom))
        self.absent = frozenset(number for number, _ in of["null"])
        self._empty = self.absent.union(number for number, _ in of["exists"])
        self._present = frozenset(number for how in ("exists", "any") for number, _ in of[how])
        texts = [one for how in _TEXTS for one in of[how]]
        self._forms = frozenset(form(atom) for _, atom in (*texts, *of["equals"]))
        self._equal = _equalities(of["equals"])
        self._numbers = _numbers(of["number"])
        self._compared = [(n, _COMPARE[a.compare], _number(a)) for how in _COMPARE for n, a in of[how]]
        self._networks = [_network(number, str(atom.value)) for number, atom in of["cidr"]]
        self._parts = [(n, part, _PART_COMPARE[a.flags], _number(a)) for part in PARTS for n, a in of[part]]
        #: Atoms that are checked together, where a text that they need was found.
        self._checks: list[list[Numbered]] = []
        self._tests: dict[int, list[tuple[int, Form, Callable[[str], bool]]]] = {}
        self._unfound: list[int] = []
        self._search_form = DASHED if any(atom.flags == "dash" for _, atom in texts) else FOLDED
        self._literals = self._searched(texts, guards)
        self._regex_atoms = [number for number, _ in of["regex"]]
        self._regexes = RegexSet([(str(a.value), a.flags) for _, a in of["regex"]], kept)

    def decide(self, value: Value | Json) -> frozenset[int]:
        """The atoms that hold for a value, or for ABSENT; of a list each that holds for any element."""
        if value is ABSENT:
            return self.absent
        found = list(leaves(value))
        if not found:
            return self._empty
        if len(found) > 1 and self._guarded:  # what guards may hold in one element, the guarded in another
            return self._unguarded.decide(value)
        return self._present.union(*self.decide_all(found))

    @cached_property
    def _unguarded(self) -> "FieldAtoms":
        return FieldAtoms(self._asked, self._kept)

    def decide_all(self, values: Sequence[Value | Json]) -> list[frozenset[int]]:
        """The atoms that hold for each of many single values."""
        texts = values if _ALL_TEXT.issuperset(map(type, values)) else [as_text(value) for value in values]
        held = [self._present] * len(values)
        if self._equal or self._literals is not None:
            shown = forms(texts, self._forms | {self._search_form})  # type: ignore[arg-type]
            self._equate(shown, held)
            if self._literals is not None:
                self._search(shown, held)
        if self._regex_atoms:
            self._match(texts, held)  # type: ignore[arg-type]
        if self._numbers or self._compared:
            self._count(values, held)
        if self._networks:
            self._locate(texts, held)  # type: ignore[arg-type]
        if self._parts:
            self._date(values, held)
        return held

    def _equate(self, shown: Sequence[Sequence[str]], held: list[frozenset[int]]) -> None:
        for one, known in self._equal.items():
            if not known.keys().isdisjoint(shown[one]):
                for place, text in enumerate(shown[one]):
                    if text in known:
                        held[place] |= known[text]

    def _search(self, shown: Sequence[Sequence[str]], held: list[frozenset[int]]) -> None:
        assert self._literals is not None  # noqa: S101
        for place, (atoms, checks) in self._literals.find(shown[self._search_form]):
            held[place] = held[place] | atoms if held[place] else atoms  # shared sets are hashed once
            if checks:
                self._check(checks, place, shown, held)
        if self._unfound:
            for place in range(len(held)):
                self._check(self._unfound, place, shown, held)

    def _check(
        self, checks: Sequence[int], place: int, shown: Sequence[Sequence[str]], held: list[frozenset[int]]
    ) -> None:
        found = []
        for some in checks:
            tests = self._tests.get(some)
            if tests is None:  # most are never asked for: tests are made when they are
                tests = self._tests[some] = [(number, *_check(atom)) for number, atom in self._checks[some]]
            found += [number for number, seen, test in tests if test(shown[seen][place])]
        if found:
            held[place] = held[place].union(found)

    def _match(self, texts: Sequence[str], held: list[frozenset[int]]) -> None:
        for place, text in enumerate(texts):
            found = self._regexes.matching(text)
            if found:
                held[place] = held[place].union(self._regex_atoms[number] for number in found)

    def _count(self, values: Sequence[Value | Json], held: list[frozenset[int]]) -> None:
        for place, value in enumerate(values):
            number = as_number(value)
            if number is None:
                continue
            if number in self._numbers:
                held[place] |= self._numbers[number]
            for atom, compare, wanted in self._compared:
                if compare(number, wanted):
                    held[place] |= {atom}

    def _locate(self, texts: Sequence[str], held: list[frozenset[int]]) -> None:
        for place, text in enumerate(texts):
            version, whole = _address(text)
            found = [
                n for n, of, mask, network in self._networks if of == version and whole & mask == network
            ]
            if found:
                held[place] = held[place].union(found)

    def _date(self, values: Sequence[Value | Json], held: list[frozenset[int]]) -> None:
        for place, value in enumerate(values):
            when = moment(value)
            if when is not None:
                held[place] = held[place].union(
                    atom
                    for atom, part, compare, wanted in self._parts
                    if compare(time_part(when, part), wanted)
                )

    def _searched(self, atoms: Sequence[Numbered], guards: Mapping[int, frozenset[int]]) -> Literals | None:
        """Plain texts are found as they are; cased ones and patterns by a text that they hold, then checked.

        Guarded ones are checked where one of their guards is found.
        """
        literals = {number: self._literal(atom) for number, atom in atoms}
        meant: dict[str, tuple[list[int], list[int], list[int], list[int]]] = defaultdict(
            lambda: ([], [], [], [])
        )
        places = {"contains": 0, "startswith": 1, "endswith": 2}
        together: dict[frozenset[int] | str, list[Numbered]] = defaultdict(list)
        for number, atom in atoms:
            guard = guards.get(number)
            if guard and all(map(literals.get, guard)):
                together[guard].append((number, atom))
            elif atom.compare in places and self._is_found(atom):
                meant[str(atom.value)][places[atom.compare]].append(number)
            else:
                together[literals[number]].append((number, atom))
        for needed, checks in together.items():
            self._checks.append(checks)
            for literal in {needed} if isinstance(needed, str) else {literals[one] for one in needed}:
                (meant[literal][3] if literal else self._unfound).append(len(self._checks) - 1)
        if not meant and not self._unfound:
            return None
        return Literals({text: tuple(map(tuple, uses)) for text, uses in meant.items()})  # type: ignore[misc]

    def _literal(self, atom: Atom) -> str:
        """A text that every match holds, in the form that is searched; empty where there is none."""
        texts = atom.value[::2] if isinstance(atom.value, tuple) else (str(atom.value),)
        return in_form(max(texts, key=len), self._search_form)

    def _is_found(self, atom: Atom) -> bool:
        """Whether finding its text in the form that is searched is all there is to it."""
        if form(atom) == self._search_form:
            return True
        return form(atom) == FOLDED and not any(dash in str(atom.value) for dash in DASHES)


def _equalities(atoms: Sequence[Numbered]) -> dict[Form, dict[str, frozenset[int]]]:
    found: dict[Form, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, atom in atoms:
        found[form(atom)][str(atom.value)].add(number)
    return {one: _frozen(sets) for one, sets in found.items()}


def _numbers(atoms: Sequence[Numbered]) -> dict[int | float, frozenset[int]]:
    found: dict[int | float, set[int]] = defaultdict(set)
    for number, atom in atoms:
        found[_number(atom)].add(number)
    return _frozen(found)


def _number(atom: Atom) -> int | float:
    """The number that the atom compares with; those beyond 64 bits stand there as text."""
    found = as_number(atom.value)  # type: ignore[arg-type]
    assert found is not None  # noqa: S101
    return found


_Key = TypeVar("_Key")


def _frozen(sets: Mapping[_Key, set[int]]) -> dict[_Key, frozenset[int]]:
    return {key: frozenset(numbers) for key, numbers in sets.items()}


def _check(atom: Atom) -> Check:
    if atom.compare == "like":
        assert isinstance(atom.value, tuple)  # noqa: S101
        return form(atom), Glob(atom.value).matches
    wanted = str(atom.value)
    tests: dict[str, Callable[[str], bool]] = {
        "startswith": lambda value: value.startswith(wanted),
        "endswith": lambda value: value.endswith(wanted),
        "contains": lambda value: wanted in value,
    }
    return form(atom), tests[atom.compare]


def _address(text: str) -> tuple[int, int]:
    """Version and number of an address; version 0 where the text is none. Most are IPv4, and read fast."""
    try:
        return 4, int.from_bytes(inet_pton(AF_INET, text))
    except (OSError, ValueError):
        pass
    try:
        found = ip_address(text)
    except ValueError:
        return 0, 0
    return found.version, int(found)


def _network(number: int, text: str) -> tuple[int, int, int, int]:
    """The atom, and its network as version, mask and masked address: whole numbers compare fastest."""
    network = ip_network(text)
    return number, network.version, int(network.netmask), int(network.network_address)
