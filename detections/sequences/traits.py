"""Traits: things that each have innocent causes and together have none; their weights add up to a score."""

from collections.abc import Iterable
from dataclasses import dataclass

from taishi.core.text import Text


@dataclass(frozen=True)
class Trait:
    """One thing that speaks for a finding, and how much."""

    weight: int
    words: Text


def score(traits: Iterable[Trait]) -> int:
    return sum(trait.weight for trait in traits)


def named(traits: Iterable[Trait]) -> Text:
    """The traits with their weights, heaviest first, as the alert tells them."""
    ordered = sorted(set(traits), key=lambda trait: (-trait.weight, trait.words.en))
    return Text(
        "、".join(f"{trait.words.zh}（+{trait.weight}）" for trait in ordered),
        ", ".join(f"{trait.words.en} (+{trait.weight})" for trait in ordered),
    )
