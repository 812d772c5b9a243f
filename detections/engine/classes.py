"""Classes of events: by channel, event id, module … most rules are decided before they are asked.

A class is the set of routing atoms that hold. For each class that turns up, every condition is worked out
as far as those atoms decide it: rules of other log sources fall away, the rest no longer ask where an event
is from.
"""

from collections import defaultdict
from collections.abc import Iterator, Set

from msgspec import structs

from detections.engine.plan import Plan, Variant, triggers
from detections.engine.rule import All, Condition, Not, Ref, Some
from taishi.core.ecs import Kind


class Classes:
    """The variants that are left to ask in each class."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._decided = frozenset(plan.routing)
        self._triggered: dict[Kind, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._always: dict[Kind, list[int]] = defaultdict(list)
        for number, variant in enumerate(plan.variants):
            asked = self._routing_triggers(variant.condition)
            for kind in variant.kinds:
                for atom in asked or ():
                    self._triggered[kind][atom].append(number)
                if asked is None:
                    self._always[kind].append(number)

    def variants(self, kind: Kind, held: Set[int]) -> Iterator[Variant]:
        """Those that can hold in a class, simplified. `held`: its routing atoms."""
        numbers = set(self._always.get(kind, ()))
        for atom in held:
            numbers.update(self._triggered[kind].get(atom, ()))
        for number in sorted(numbers):
            variant = self._plan.variants[number]
            left = specialized(variant.condition, self._decided, held)
            if left is not False:
                condition = All(()) if left is True else left
                yield structs.replace(
                    variant, condition=condition, triggers=triggers(condition, self._plan.weights)
                )

    def _routing_triggers(self, node: Condition) -> frozenset[int] | None:
        """Routing atoms of which one must hold; None where the condition asks for none."""
        if isinstance(node, Ref):
            return frozenset({node.atom}) if node.atom in self._decided else None
        if isinstance(node, Some):
            found = [self._routing_triggers(part) for part in node.parts]
            return None if None in found else frozenset().union(*found)  # type: ignore[arg-type]
        if isinstance(node, All):
            asked = [one for part in node.parts if (one := self._routing_triggers(part)) is not None]
            weights = self._plan.weights
            return min(asked, key=lambda one: sum(weights[atom] for atom in one), default=None)
        return None


def specialized(node: Condition, decided: Set[int], held: Set[int]) -> Condition | bool:
    """The condition without its decided atoms, simplified; True or False where they settle it."""
    if isinstance(node, Ref):
        return node.atom in held if node.atom in decided else node
    if isinstance(node, Not):
        inner = specialized(node.part, decided, held)
        return not inner if isinstance(inner, bool) else Not(inner)
    assert isinstance(node, (All, Some))  # noqa: S101
    settles = isinstance(node, Some)
    parts: list[Condition] = []
    for part in node.parts:
        found = specialized(part, decided, held)
        if found is settles:
            return settles
        if not isinstance(found, bool):
            parts.append(found)
    if not parts:
        return not settles
    return parts[0] if len(parts) == 1 else type(node)(tuple(parts))
