"""A rule's condition, weakened to what can be searched: whatever fulfils the one fulfils the other.

What is negated, compared by size, or asked of what no store keeps, is left out. Conditions are pySigma's own,
so that any backend of its can write them down.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from typing import TypeAlias

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionItem, ConditionOR
from sigma.types import SigmaCIDRExpression, SigmaString, SpecialChars

from detections.engine.rule import All, Atom, Condition, Not, Ref, Some
from detections.queries.literals import needed
from taishi.core.ecs import Kind
from taishi.core.searching import Naming, Place

#: A condition that can be searched; True: any event may fulfil it, False: none does.
Weak: TypeAlias = "ConditionItem | ConditionFieldEqualsValueExpression | bool"
Part = str | SpecialChars
_ANY, _ONE = SpecialChars.WILDCARD_MULTI, SpecialChars.WILDCARD_SINGLE
#: Longest piece of a text that a store is sure to find whole.
_LONGEST = 400


def weakened(node: Condition, atoms: Sequence[Atom], kind: Kind, naming: Naming) -> Weak:
    if isinstance(node, Ref):
        return _atom(atoms[node.atom], kind, naming)
    if isinstance(node, Not):
        return True
    assert isinstance(node, (All, Some))  # noqa: S101
    parts = [weakened(part, atoms, kind, naming) for part in node.parts]
    return both(parts) if isinstance(node, All) else either(parts)


def both(parts: Iterable[Weak]) -> Weak:
    left = [part for part in parts if part is not True]
    if False in left:
        return False
    return _joined(ConditionAND, left) if left else True


def either(parts: Iterable[Weak]) -> Weak:
    left = [part for part in parts if part is not False]
    if any(part is True for part in left):
        return True
    return _joined(ConditionOR, left) if left else False


def _joined(of: type[ConditionItem], parts: Sequence[Weak]) -> Weak:
    return parts[0] if len(parts) == 1 else of(list(parts))  # type: ignore[arg-type]  # none is a bool here


def _atom(atom: Atom, kind: Kind, naming: Naming) -> Weak:
    if atom.compare == "never":
        return False
    patterns = _patterns(atom)
    if not atom.fields or (patterns is None and atom.compare != "cidr"):
        return True
    asked = list[Weak]()
    for field in atom.fields:
        places = naming.places(kind, field)
        if not places:
            return True
        asked += [_placed(place, atom, patterns) for place in places]
    return either(asked)


def _placed(place: Place, atom: Atom, patterns: "Sequence[Sequence[Sequence[Part]]] | None") -> Weak:
    if atom.compare == "cidr":
        return _network(place, str(atom.value))
    assert patterns is not None  # noqa: S101
    return either(both(_equals(place, one) for one in alternative) for alternative in patterns)


def _equals(place: Place, parts: Sequence[Part]) -> Weak:
    """`parts`: the whole value."""
    return ConditionFieldEqualsValueExpression(place.field, _string([place.before, *parts]))


def _string(parts: Sequence[Part]) -> SigmaString:
    made = SigmaString("")
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "" and not (part is _ANY and joined and joined[-1] is _ANY):
            joined.append(part)
    made.s = tuple(joined)  # type: ignore[assignment]  # as its own parser leaves it
    return made


def _network(place: Place, network: str) -> Weak:
    if place.address is not None:
        return ConditionFieldEqualsValueExpression(place.address, SigmaCIDRExpression(network))
    if ip_network(network, strict=False).version == 6:
        return True
    expanded = SigmaCIDRExpression(network).expand()
    return either(_equals(place, _wild(str(one))) for one in expanded)


def _wild(text: str) -> list[Part]:
    parts: list[Part] = []
    for number, piece in enumerate(text.split("*")):
        parts += [_ANY, piece] if number else [piece]
    return parts


def _patterns(atom: Atom) -> "list[list[list[Part]]] | None":
    """One of these must hold, each by all of its values. None: cannot be said."""
    value, compare = atom.value, atom.compare
    if compare == "any":
        return [[[_ANY]]]
    if compare == "number":
        return _numbers(value) if isinstance(value, int) and not isinstance(value, bool) else None
    if compare == "regex":
        literal = needed(str(value))[:_LONGEST]
        return [[[_ANY, *_letters(literal, False), _ANY]]] if literal else None
    dashes = atom.flags == "dash"
    if compare == "like" and isinstance(value, tuple):
        literals = [one[:_LONGEST] for one in value[::2] if len(one) > 1]
        return [[[_ANY, *_letters(one, dashes), _ANY] for one in literals]] if literals else None
    if compare not in ("equals", "contains", "startswith", "endswith") or not str(value):
        return None
    return [[_text(compare, str(value), dashes)]]


def _text(compare: str, text: str, dashes: bool) -> list[Part]:
    if len(text) > _LONGEST:
        return [_ANY, *_letters(text[:_LONGEST], dashes), _ANY]
    letters = _letters(text, dashes)
    before = [_ANY] if compare in ("contains", "endswith") else []
    after = [_ANY] if compare in ("contains", "startswith") else []
    return [*before, *letters, *after]


def _letters(text: str, dashes: bool) -> list[Part]:
    """A store makes letters small as Java does; what it may see otherwise than we is any letter. So is what
    ends a word of a query or cannot be written in one.
    """
    return [_ONE if _is_odd(letter) or (dashes and letter == "-") else letter.lower() for letter in text]


def _is_odd(letter: str) -> bool:
    return not letter.isprintable() or (not letter.isascii() and letter.lower() != letter.upper())


def _numbers(value: int) -> "list[list[list[Part]]] | None":
    """As sources write a whole number: decimal, maybe with sign, zeros or a fraction of none, hexadecimal,
    with an exponent. Beyond 53 bits a fraction makes several numbers one.
    """
    if abs(value) >= 1 << 53:
        return None
    digits, sign = str(abs(value)), "-" if value < 0 else "+"
    found: list[list[Part]] = [
        [str(value)],
        [sign, _ANY, digits],
        [_ANY, f"{digits}.0", _ANY],
        [_ONE, _ANY, "e", _ANY],
    ]
    if value >= 0:
        found += [["0", _ANY, digits], ["0x", _ANY, f"{value:x}"]]
    if value == 0:
        found.append(["-", _ANY, digits])
    return [[one] for one in found]
