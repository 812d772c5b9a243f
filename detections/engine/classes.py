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
        #: By kind: variants by the routing atoms that may bring them up, and those that any event may.
        self._of: dict[Kind, tuple[dict[int, list[int]], list[int]]] = {}

    def variants(self, kind: Kind, held: Set[int]) -> Iterator[Variant]:
        """Those that can hold in a class, simplified. `held`: its routing atoms."""
        brought_up, always = self._of_kind(kind)
        numbers = set(always)
        for atom in held:
            numbers.update(brought_up.get(atom, ()))
        for number in sorted(numbers):
            variant = self._plan.variants[number]
            if any(specialized(part, self._decided, held) is False for part in variant.gate):
                continue
            if not variant.mixed:
                yield variant
                continue
            left = specialized(variant.condition, self._decided, held)
            if left is not False:
                condition = All(()) if left is True else left
                yield structs.replace(
                    variant, condition=condition, triggers=triggers(condition, self._plan.weights)
                )

    def _of_kind(self, kind: Kind) -> tuple[dict[int, list[int]], list[int]]:
        found = self._of.get(kind)
        if found is None:
            found = self._of[kind] = defaultdict(list), []
            for number, variant in enumerate(self._plan.variants):
                if kind in variant.kinds:
                    for atom in variant.asked or ():
                        found[0][atom].append(number)
                    if variant.asked is None:
                        found[1].append(number)
        return found


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
