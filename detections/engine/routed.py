"""A rule's condition becomes one variant a route: the route's names of fields, values as they are there."""

from collections.abc import Iterable, Iterator

from msgspec import structs

from detections.engine.parse import atoms
from detections.engine.plan import Variant
from detections.engine.route import ABSENT, Route
from detections.engine.rule import All, Atom, Condition, Not, Some
from detections.engine.texts import folded, form, in_form

_TEXTS = frozenset({"equals", "contains", "startswith", "endswith"})


def variants(number: int, condition: Condition, routes: Iterable[Route]) -> Iterator[Variant]:
    """One variant for each route that can tell all fields of the condition. `number`: the rule's."""
    used = frozenset(name for atom in atoms(condition) for name in atom.fields)
    for route in routes:
        if route.carries(used):
            whole = All((*_where(route), mapped(condition, route)))
            where = tuple(route.event_fields(name) for name in route.where)
            yield Variant(number, tuple(sorted(route.kinds)), _flat(whole), route.name, where)


def _where(route: Route) -> Iterator[Condition]:
    for name, values in route.where.items():
        fields = route.event_fields(name)
        parts = tuple(
            Atom(fields, "null") if value == ABSENT else Atom(fields, "equals", folded(value))
            for value in values
        )
        yield parts[0] if len(parts) == 1 else Some(parts)


def mapped(node: Condition, route: Route) -> Condition:
    """The condition with a route's field names and values."""
    if isinstance(node, Atom):
        return _atom(node, route) if node.fields else node
    if isinstance(node, Not):
        return Not(mapped(node.part, route))
    assert isinstance(node, (All, Some))  # noqa: S101
    return type(node)(tuple(mapped(part, route) for part in node.parts))


def _atom(atom: Atom, route: Route) -> Atom:
    (name,) = atom.fields
    if atom.compare == "same":
        atom = structs.replace(atom, value="\n".join(route.event_fields(str(atom.value))))
    elif name in route.values:
        atom = _written(atom, name, route)
    return structs.replace(atom, fields=route.event_fields(name))


def _written(atom: Atom, name: str, route: Route) -> Atom:
    """The atom with its texts as this source writes them."""

    def put(text: str, whole: bool = False) -> str:
        return in_form(route.written(name, text, whole), form(atom))

    if atom.compare in _TEXTS:
        return structs.replace(atom, value=put(str(atom.value), atom.compare == "equals"))
    if isinstance(atom.value, tuple):
        parts = (put(part) if at % 2 == 0 else part for at, part in enumerate(atom.value))
        return structs.replace(atom, value=tuple(parts))
    if atom.compare == "number":
        there = put(str(atom.value), True)
        return atom if there == str(atom.value) else structs.replace(atom, value=there, compare="equals")
    return atom


def _flat(node: Condition) -> Condition:
    """`and` within `and` and `or` within `or` made one, single parts taken out: fewer tests an event."""
    if isinstance(node, Not):
        return Not(_flat(node.part))
    if not isinstance(node, (All, Some)):
        return node
    sort, parts = type(node), list[Condition]()
    for part in map(_flat, node.parts):
        if isinstance(part, (All, Some)) and isinstance(part, sort):
            parts += part.parts
        else:
            parts.append(part)
    return parts[0] if len(parts) == 1 else sort(tuple(parts))
