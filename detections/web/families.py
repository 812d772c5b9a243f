"""What speaks for an attack: families of signs, one YAML file each, found by themselves."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from detections.web.parts import Place
from taishi.core.records import Level
from taishi.core.text import Text

#: From this score on a request is taken for an attack of a family.
BAR = 5

#: Where a sign is looked for unless it says otherwise.
USUAL: frozenset[Place] = frozenset({"path", "name", "value", "cookie", "referrer", "header", "agent"})


class _Sign(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    weight: int
    shows: Text
    pattern: list[str] = []
    within: list[Place] = []
    case: bool = False
    examples: list[str] = []


class _Family(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    title: Text
    level: Level
    technique: list[str]
    advice: Text
    signs: list[_Sign]
    words: dict[str, str] = {}
    kind: Literal["attack", "probe"] = "attack"


@dataclass(frozen=True)
class Sign:
    """One thing that speaks for an attack of a family, and how much."""

    family: str
    id: str
    weight: int
    shows: Text
    patterns: tuple[str, ...]
    within: frozenset[Place]
    case: bool
    examples: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.family}/{self.id}"


@dataclass(frozen=True)
class Family:
    """A way of attacking. `kind`: a probe looks for a weakness, an attack uses one."""

    id: str
    title: Text
    level: Level
    technique: tuple[str, ...]
    advice: Text
    kind: Literal["attack", "probe"]
    signs: tuple[Sign, ...]


@cache
def families() -> dict[str, Family]:
    """Every family by its id."""
    folder = files("detections").joinpath("web", "families")
    found = [
        msgspec.yaml.decode(one.read_text("utf-8"), type=_Family)
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".yml")
    ]
    return {one.id: _family(one) for one in found}


@cache
def signs() -> dict[str, Sign]:
    """Every sign by `family/sign`."""
    return {sign.name: sign for family in families().values() for sign in family.signs}


def _family(told: _Family) -> Family:
    signs = tuple(_sign(told, one) for one in told.signs)
    return Family(told.id, told.title, told.level, tuple(told.technique), told.advice, told.kind, signs)


def _sign(told: _Family, one: _Sign) -> Sign:
    patterns = tuple(_filled(pattern, told.words) for pattern in one.pattern)
    within = frozenset(one.within) or USUAL
    return Sign(told.id, one.id, one.weight, one.shows, patterns, within, one.case, tuple(one.examples))


def _filled(pattern: str, words: dict[str, str]) -> str:
    """A pattern with its {{lists}} of words put in; lists are separated by white space."""
    for name, listed in words.items():
        pattern = pattern.replace("{{" + name + "}}", "(?:" + "|".join(listed.split()) + ")")
    return pattern
