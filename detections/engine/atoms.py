"""Atoms of one field, decided once per distinct value."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import TypeVar

from detections.engine.glob import Glob
from detections.engine.kept import Kept
from detections.engine.literals import BETWEEN, Literals
from detections.engine.regexes import RegexSet
from detections.engine.rule import Atom
from detections.engine.times import PARTS, moment, time_part
from taishi.core.event import Json, Value

#: Numbered as in the plan.
Numbered = tuple[int, Atom]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "neq": lambda a, b: a != b,
}

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
        self._present: frozenset[int] = frozenset(number for number, _ in of["exists"])
        self._equal, self._equal_cased = _equalities(of["equals"])
        self._numbers = _numbers(of["number"])
        self._compared = [(n, _COMPARE[a.compare], a.value) for how in _COMPARE for n, a in of[how]]
        self._networks = [_network(number, str(atom.value)) for number, atom in of["cidr"]]
        self._parts = [(n, a.compare, a.value) for part in PARTS for n, a in of[part]]
        self._checks: list[Callable[[str, str], bool]] = []
        self._checked: list[int] = []
        self._unfound: list[int] = []
        texts = [*of["contains"], *of["startswith"], *of["endswith"], *of["like"]]
        self._literals = self._searched(texts, guards)
        self._regex_atoms = [number for number, _ in of["regex"]]
        self._regexes = RegexSet([(str(a.value), a.flags) for _, a in of["regex"]], kept)

    def decide(self, value: Value | Json) -> frozenset[int]:
        """The atoms that hold for a value; of a list each that holds for any element."""
        if value is None or value == []:
            return self.absent
        found = list(leaves(value))
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
        lowered = _lowered(texts)  # type: ignore[arg-type]
        self._equate(texts, lowered, held)  # type: ignore[arg-type]
        if self._literals is not None:
            self._search(texts, lowered, held)  # type: ignore[arg-type]
        if self._regex_atoms:
            self._match(texts, held)  # type: ignore[arg-type]
        if self._numbers or self._compared:
            self._count(values, held)
        if self._networks:
            self._locate(texts, held)  # type: ignore[arg-type]
        if self._parts:
            self._date(values, held)
        return held

    def _equate(self, texts: Sequence[str], lowered: Sequence[str], held: list[frozenset[int]]) -> None:
        for known, given in ((self._equal, lowered), (self._equal_cased, texts)):
            if known and not known.keys().isdisjoint(given):
                for place, text in enumerate(given):
                    if text in known:
                        held[place] |= known[text]

    def _search(self, texts: Sequence[str], lowered: Sequence[str], held: list[frozenset[int]]) -> None:
        assert self._literals is not None  # noqa: S101
        for place, (atoms, checks) in self._literals.find(lowered):
            held[place] = held[place] | atoms if held[place] else atoms  # shared sets are hashed once
            if checks:
                self._check(checks, place, texts[place], lowered[place], held)
        if self._unfound:
            for place, text in enumerate(texts):
                self._check(self._unfound, place, text, lowered[place], held)

    def _check(
        self, checks: Sequence[int], place: int, text: str, low: str, held: list[frozenset[int]]
    ) -> None:
        found = [self._checked[number] for number in checks if self._checks[number](text, low)]
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
                if compare(number, wanted):  # type: ignore[arg-type]
                    held[place] |= {atom}

    def _locate(self, texts: Sequence[str], held: list[frozenset[int]]) -> None:
        for place, text in enumerate(texts):
            try:
                address = ip_address(text)
            except ValueError:
                continue
            whole, version = int(address), address.version
            found = [n for n, of, mask, network in self._networks if of == version and whole & mask == network]
            if found:
                held[place] = held[place].union(found)

    def _date(self, values: Sequence[Value | Json], held: list[frozenset[int]]) -> None:
        for place, value in enumerate(values):
            when = moment(value)
            if when is not None:
                found = [atom for atom, part, wanted in self._parts if time_part(when, part) == wanted]
                held[place] = held[place].union(found)

    def _searched(
        self, atoms: Sequence[Numbered], guards: Mapping[int, frozenset[int]]
    ) -> Literals | None:
        """Plain texts are found as they are; cased ones and patterns by a text that they hold, then checked.

        Guarded ones are checked where one of their guards is found.
        """
        literals = {number: _longest(atom) for number, atom in atoms}
        meant: dict[str, tuple[list[int], list[int], list[int], list[int]]] = defaultdict(
            lambda: ([], [], [], [])
        )
        places = {"contains": 0, "startswith": 1, "endswith": 2}
        for number, atom in atoms:
            found_by = {literals.get(guard, "") for guard in guards.get(number, ())}
            guarded = bool(found_by) and "" not in found_by
            if atom.compare in places and not atom.cased and not guarded:
                meant[str(atom.value)][places[atom.compare]].append(number)
                continue
            self._checked.append(number)
            self._checks.append(_check(atom))
            for literal in found_by if guarded else (literals[number],):
                (meant[literal][3] if literal else self._unfound).append(len(self._checks) - 1)
        if not meant and not self._unfound:
            return None
        return Literals({text: tuple(map(tuple, uses)) for text, uses in meant.items()})  # type: ignore[misc]


def _lowered(texts: Sequence[str]) -> list[str]:
    """All in lower case; as one text, for that is a good deal cheaper than one by one."""
    lowered = BETWEEN.join(texts).lower().split(BETWEEN)
    return lowered if len(lowered) == len(texts) else [text.lower() for text in texts]


def _equalities(
    atoms: Sequence[Numbered],
) -> tuple[dict[str, frozenset[int]], dict[str, frozenset[int]]]:
    any_case: dict[str, set[int]] = defaultdict(set)
    cased: dict[str, set[int]] = defaultdict(set)
    for number, atom in atoms:
        (cased if atom.cased else any_case)[str(atom.value)].add(number)
    return _frozen(any_case), _frozen(cased)


def _numbers(atoms: Sequence[Numbered]) -> dict[int | float, frozenset[int]]:
    found: dict[int | float, set[int]] = defaultdict(set)
    for number, atom in atoms:
        found[atom.value].add(number)  # type: ignore[index]
    return _frozen(found)


_Key = TypeVar("_Key")


def _frozen(sets: Mapping[_Key, set[int]]) -> dict[_Key, frozenset[int]]:
    return {key: frozenset(numbers) for key, numbers in sets.items()}


def _longest(atom: Atom) -> str:
    """A text that every match holds, in lower case; empty where there is none."""
    texts = atom.value[::2] if isinstance(atom.value, tuple) else (str(atom.value),)
    return max(texts, key=len).lower()


def _check(atom: Atom) -> Callable[[str, str], bool]:
    """The exact test on a value as it is and in lower case."""
    if atom.compare == "like":
        assert isinstance(atom.value, tuple)  # noqa: S101
        matches = Glob(atom.value).matches
        return (lambda text, _: matches(text)) if atom.cased else (lambda _, low: matches(low))
    wanted = str(atom.value)
    if atom.compare == "startswith":
        test = lambda value: value.startswith(wanted)  # noqa: E731
    elif atom.compare == "endswith":
        test = lambda value: value.endswith(wanted)  # noqa: E731
    else:
        test = lambda value: wanted in value  # noqa: E731
    return (lambda text, _: test(text)) if atom.cased else (lambda _, low: test(low))


def leaves(value: Value | Json) -> Iterator[Value | Json]:
    """The single values of a value: elements of lists, members of objects, at any depth."""
    if not isinstance(value, (list, tuple, dict)):
        if value is not None:
            yield value
        return
    left = [value]
    while left:
        found = left.pop()
        if isinstance(found, dict):
            left.extend(found.values())  # type: ignore[arg-type]
        elif isinstance(found, (list, tuple)):
            left.extend(found)  # type: ignore[arg-type]
        elif found is not None:
            yield found


def as_text(value: Value | Json) -> str:
    """A value as rules see it: booleans are `true` and `false`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_number(value: Value | Json) -> int | float | None:
    """A number, or a text that is one: decimal, or hexadecimal after 0x."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or value[:1] not in "+-.0123456789" or "_" in value:
        return None
    try:
        if value[:2].lower() == "0x":
            return int(value, 16)
        return int(value) if value.isdigit() else float(value)
    except (ValueError, OverflowError):
        return None


def _network(number: int, text: str) -> tuple[int, int, int, int]:
    """The atom, and its network as version, mask and masked address: whole numbers compare fastest."""
    network = ip_network(text)
    return number, network.version, int(network.netmask), int(network.network_address)
