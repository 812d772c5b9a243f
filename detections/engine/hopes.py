"""Rules that may hold once more is known: what nobody knows yet is taken as they would have to have it."""

from collections.abc import Sequence, Set

from msgspec import structs

from detections.engine.classes import specialized
from detections.engine.combine import Combiner
from detections.engine.costs import Costs
from detections.engine.plan import Variant, triggers
from detections.engine.rule import All, Condition, Not, Ref, Some

#: An atom that no plan has: it holds.
_HOPE = -1
_DECIDED = frozenset({_HOPE})
#: What is left of a condition that holds in the best case.
ALWAYS = All(())


class Hopes:
    """Which of some variants may hold, told the atoms that are known to. `unknown`: atoms that are not."""

    def __init__(self, variants: Sequence[Variant], unknown: Set[int], weights: Sequence[float]) -> None:
        hoped = [hopeful(one.condition, unknown) for one in variants]
        asked = [
            structs.replace(one, rule=place, condition=condition, triggers=triggers(condition, weights))
            for place, (one, condition) in enumerate(zip(variants, hoped, strict=True))
        ]
        self._combiner = Combiner(asked, Costs(len(asked)))

    def possible(self, held: Set[int]) -> tuple[int, ...]:
        """Their places among the variants."""
        return self._combiner.rules(held)


def hopeful(condition: Condition, unknown: Set[int]) -> Condition:
    """The condition in the best case; `ALWAYS` where it may hold in any, `Some(())` where never."""
    left = specialized(_hoped(condition, unknown), _DECIDED, _DECIDED)
    if isinstance(left, bool):
        return ALWAYS if left else Some(())
    return left


def _hoped(node: Condition, unknown: Set[int], hope: bool = True) -> Condition:
    if isinstance(node, Ref):
        if node.atom not in unknown:
            return node
        return Ref(_HOPE) if hope else Not(Ref(_HOPE))
    if isinstance(node, Not):
        return Not(_hoped(node.part, unknown, not hope))
    assert isinstance(node, (All, Some))  # noqa: S101
    return type(node)(tuple(_hoped(part, unknown, hope) for part in node.parts))
