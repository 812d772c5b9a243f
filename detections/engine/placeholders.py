"""`%placeholders%` of `|expand` get the values that a site has given (Sigma specification 2.1, "expand")."""

import re
from collections.abc import Iterator, Mapping
from itertools import product

from msgspec import structs
from sigma.types import SigmaString

from detections.engine.conditions import regex_atom, string_atom
from detections.engine.rule import All, Atom, Condition, Not, Rule, Some, Unsupported
from detections.engine.texts import form

_PLACE = re.compile(r"(?<!\\)%([^%\s]+)%")
#: Values one text may become.
_MOST = 20_000


def filled(rule: Rule, condition: Condition, values: Mapping[str, tuple[str, ...]]) -> tuple[Rule, Condition]:
    """The rule with its placeholders filled; those without values make it wait: it loads and never hits."""
    if not rule.waiting:
        return rule, condition
    waiting = tuple(name for name in rule.waiting if name not in values)
    if waiting:
        return structs.replace(rule, waiting=waiting), All((Atom((), "never"), condition))
    return structs.replace(rule, waiting=()), _filled(condition, values)


def _filled(node: Condition, values: Mapping[str, tuple[str, ...]]) -> Condition:
    if isinstance(node, Atom):
        return Some(tuple(_texts(node, values))) if node.compare == "never" else node
    if isinstance(node, Not):
        return Not(_filled(node.part, values))
    assert isinstance(node, (All, Some))  # noqa: S101
    return type(node)(tuple(_filled(part, values) for part in node.parts))


def _texts(atom: Atom, values: Mapping[str, tuple[str, ...]]) -> Iterator[Atom]:
    """One atom for every way to fill the places of a text; `*` and `?` in given values are wildcards."""
    pieces = _PLACE.split(str(atom.value))
    names, count = pieces[1::2], 1
    for name in names:
        count *= len(values[name])
    if count > _MOST:
        raise Unsupported(f"{atom.value}: placeholders make more than {_MOST} values")
    for chosen in product(*(values[name] for name in names)):
        pieces[1::2] = chosen
        text = "".join(pieces)
        if atom.flags.startswith("re"):
            yield regex_atom(atom.fields, text, atom.flags.removeprefix("re"))
        else:
            yield string_atom(atom.fields, SigmaString(text), form(atom))
