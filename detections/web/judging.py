"""Signs of one request added up, family by family."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from detections.web.families import BAR, Family, families
from detections.web.matcher import Seen

#: Several families that each stay below the bar, but together are over this one, make an attack of no name.
_TOGETHER = 8
#: A score from which nobody would call it chance.
SURE = 8


@dataclass(frozen=True)
class Charge:
    """A request is taken for an attack of a family: how sure, and by what."""

    family: Family
    score: int
    seen: tuple[Seen, ...]


def charges(seen: Iterable[Seen]) -> list[Charge]:
    """The families over the bar, most certain first."""
    by_family: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        by_family[one.sign.family].append(one)
    known = families()
    scores = {name: sum(one.sign.weight for one in found) for name, found in by_family.items()}
    over = [name for name, score in scores.items() if score >= BAR]
    if not over and sum(max(score, 0) for score in scores.values()) >= _TOGETHER:
        over = [max(scores, key=lambda name: (scores[name], name))]
    found = [Charge(known[name], scores[name], tuple(_heaviest(by_family[name]))) for name in over]
    return sorted(found, key=lambda one: (-one.score, one.family.id))


def _heaviest(seen: list[Seen]) -> list[Seen]:
    return sorted(seen, key=lambda one: (-one.sign.weight, one.sign.id))
