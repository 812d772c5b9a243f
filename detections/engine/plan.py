"""The plan: conditions of all rules over numbered atoms, and which atoms make a rule worth looking at."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, structs

from detections.engine.guards import guards
from detections.engine.patterns import Patterns, patterns
from detections.engine.rule import All, Atom, Condition, Not, Ref, Rule, Some
from taishi.core.ecs import Kind


class Variant(Struct, frozen=True):
    """One way a rule's log source appears in events: in which kinds, and what must hold there.

    Before planning its condition holds atoms, in the plan references to them. `where`: the fields by which
    the route knows its events.
    In the plan `gate` is what only routing atoms say, and `condition` the rest; `mixed`: which asks for
    some all the same. `asked`: it can only hold where one of these routing atoms does, `triggers`: where
    one of these atoms of its rest does; None: anywhere.
    """

    rule: int
    kinds: tuple[Kind, ...]
    condition: Condition
    route: str = ""
    where: tuple[tuple[str, ...], ...] = ()
    gate: tuple[Condition, ...] = ()
    mixed: bool = False
    asked: tuple[int, ...] | None = None
    triggers: tuple[int, ...] | None = None


class Plan(Struct, frozen=True):
    """What the engine runs: plain data, kept on disk.

    `weights`: how often each atom is likely to hold. `routing`: the atoms that say what an event is.
    `guards`: see `guards`. `patterns`: the text atoms as the compiled scan reads them.
    """

    rules: tuple[Rule, ...] = ()
    atoms: tuple[Atom, ...] = ()
    variants: tuple[Variant, ...] = ()
    weights: tuple[float, ...] = ()
    routing: tuple[int, ...] = ()
    guards: dict[int, frozenset[int]] = {}
    patterns: Patterns = Patterns()


def make_plan(rules: Iterable[Rule], variants: Iterable[Variant]) -> Plan:
    """Numbers every distinct atom once."""
    numbers: dict[Atom, int] = {}
    numbered = [(one, _numbered(one.condition, numbers)) for one in variants]
    uses = Counter(atom for _, condition in numbered for atom in set(refs(condition)))
    weights = [weight(atom) * uses[number] for number, atom in enumerate(numbers)]
    planned = tuple(structs.replace(one, condition=condition, where=()) for one, condition in numbered)
    known_by = {fields for one, _ in numbered for fields in one.where}
    routing = tuple(
        number
        for number, atom in enumerate(numbers)
        if atom.compare == "never" or (atom.fields in known_by and atom.compare != "same")
    )
    return Plan(
        tuple(rules),
        tuple(numbers),
        tuple(_opened(one, frozenset(routing), weights) for one in planned),
        tuple(weights),
        routing,
        guards((one.condition for one in planned), tuple(numbers), weights),
        patterns(tuple(numbers)),
    )


def _opened(variant: Variant, routing: frozenset[int], weights: Sequence[float]) -> Variant:
    """The variant with what says where its events are from apart from the rest."""
    whole = variant.condition
    parts = whole.parts if isinstance(whole, All) else (whole,)
    gate = tuple(part for part in parts if routing.issuperset(refs(part)))
    rest = tuple(part for part in parts if not routing.issuperset(refs(part)))
    condition = rest[0] if len(rest) == 1 else All(rest)
    asked = _needed(whole, routing, weights)
    return structs.replace(
        variant,
        condition=condition,
        gate=gate,
        mixed=not routing.isdisjoint(refs(condition)),
        asked=None if asked is None else tuple(sorted(asked)),
        triggers=triggers(condition, weights),
    )


def _needed(node: Condition, routing: frozenset[int], weights: Sequence[float]) -> frozenset[int] | None:
    """Routing atoms of which one must hold; None where the condition asks for none."""
    if isinstance(node, Ref):
        return frozenset({node.atom}) if node.atom in routing else None
    if isinstance(node, Some):
        found = [_needed(part, routing, weights) for part in node.parts]
        return None if None in found else frozenset().union(*found)  # type: ignore[arg-type]
    if isinstance(node, All):
        asked = [one for part in node.parts if (one := _needed(part, routing, weights)) is not None]
        return min(asked, key=lambda one: sum(weights[atom] for atom in one), default=None)
    return None


def _numbered(node: Condition, numbers: dict[Atom, int]) -> Condition:
    if isinstance(node, Atom):
        return Ref(numbers.setdefault(node, len(numbers)))
    if isinstance(node, Not):
        return Not(_numbered(node.part, numbers))
    assert isinstance(node, (All, Some))  # noqa: S101
    return type(node)(tuple(_numbered(part, numbers) for part in node.parts))


def refs(node: Condition) -> Iterator[int]:
    """The atoms of a planned condition."""
    left = [node]
    while left:
        found = left.pop()
        if isinstance(found, Ref):
            yield found.atom
        elif isinstance(found, Not):
            left.append(found.part)
        elif isinstance(found, (All, Some)):
            left.extend(found.parts)


def triggers(node: Condition, weights: Sequence[float]) -> tuple[int, ...] | None:
    """Atoms of which one must hold for the condition to; None where it may hold without any."""
    found = _rarest(node, weights)
    return None if found is None else tuple(sorted(found))


def _rarest(node: Condition, weights: Sequence[float]) -> frozenset[int] | None:
    """Atoms of which one must hold: of the parts of an `and` those that are likely to hold least often."""
    if isinstance(node, Ref):
        return frozenset({node.atom})
    if isinstance(node, Some):
        found = [_rarest(part, weights) for part in node.parts]
        return None if None in found else frozenset().union(*found)  # type: ignore[arg-type]
    if isinstance(node, All):
        asked = [one for part in node.parts if (one := _rarest(part, weights)) is not None]
        return min(asked, key=lambda one: sum(weights[atom] for atom in one), default=None)
    return None


#: Fields that tell what an event is rather than what happened: nearly every event fulfils some such atom.
COMMON = frozenset({"Channel", "EventID", "Provider_Name", "event.module", "event.dataset", "event.code"})


def weight(atom: Atom) -> float:
    """How often an atom is likely to hold, in no unit: only the order matters."""
    if atom.compare in ("null", "exists", "any", "neq"):
        return 1000.0
    if COMMON.intersection(atom.fields):
        return 300.0
    if atom.compare == "never":
        return 0.0
    if atom.compare in ("equals", "like"):
        return 5.0
    if atom.compare in ("contains", "startswith", "endswith"):
        return {"contains": 100.0, "startswith": 150.0, "endswith": 60.0}[atom.compare] / (
            1 + len(str(atom.value))
        )
    return 30.0
