"""What the engine works with: rules, their conditions as plain data, packs, and rules that were not taken."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from taishi.core.records import Threat
from taishi.core.text import Text

#: How one value of an event is compared (Sigma specification 2.1, "Value Modifiers").
Comparison: TypeAlias = Literal[
    "equals",
    "contains",
    "startswith",
    "endswith",
    "like",  # `value` alternates literal, wildcard, literal …
    "regex",  # `flags` holds the letters of i, m, s
    "cidr",
    "number",
    "lt",
    "lte",
    "gt",
    "gte",
    "neq",
    "null",
    "exists",  # the field is there, whatever it holds
    "any",  # it has some value
    "never",  # a placeholder that nobody has filled
    "minute",  # and so on: `flags` may hold lt, lte, gt or gte
    "hour",
    "day",
    "week",
    "month",
    "year",
    "same",  # another field: `value` names it, `flags` says equals, startswith, endswith or contains
]


class Atom(Struct, frozen=True, tag="atom", array_like=True):
    """One comparison of one field. `fields`: its names in events, the first present wins; (): anywhere.

    Texts stand as they are compared: folded unless `cased`; where `flags` is `dash`, all dashes made one.
    Whole numbers beyond 64 bits stand as text.
    """

    fields: tuple[str, ...]
    compare: Comparison
    value: str | int | float | tuple[str, ...] | None = None
    cased: bool = False
    flags: str = ""


class All(Struct, frozen=True, tag="all", array_like=True):
    """Every part must hold."""

    parts: "tuple[Condition, ...]"


class Some(Struct, frozen=True, tag="some", array_like=True):
    """At least one part must hold."""

    parts: "tuple[Condition, ...]"


class Not(Struct, frozen=True, tag="not", array_like=True):
    """The part must not hold."""

    part: "Condition"


class Ref(Struct, frozen=True, tag="ref", array_like=True):
    """An atom by its number in the plan."""

    atom: int


Condition: TypeAlias = Atom | Ref | All | Some | Not


class Meaning(Struct, frozen=True):
    """What a hit of one of our own rules says: the `taishi:` part of its YAML.

    `subject`, `peer` and `attacker` name the fields that hold them; `summary` may use {field} places.
    """

    threat: Threat
    subject: str
    peer: str | None
    attacker: str | None
    title: Text
    summary: Text
    advice: Text | None = None


class Rule(Struct, frozen=True):
    """One Sigma rule, without its conditions: those stand in the plan.

    `waiting`: placeholders (`%name%`) that nobody has given values; the rule cannot hit until then.
    `silent`: only a correlation wants it (its `generate` is false); matches are no hits by themselves.
    """

    id: str
    title: str
    level: str
    path: str
    tags: tuple[str, ...]
    logsource: Mapping[str, str]
    meaning: Meaning | None = None
    description: str = ""
    name: str = ""
    waiting: tuple[str, ...] = ()
    silent: bool = False

    @property
    def techniques(self) -> tuple[str, ...]:
        """ATT&CK techniques from the tags, as T1071.001."""
        return tuple(
            tag[7:].upper() for tag in self.tags if tag.startswith("attack.t") and tag[8:9].isdigit()
        )

    @property
    def tactics(self) -> frozenset[str]:
        """ATT&CK tactics from the tags, as credential-access."""
        named = (tag[7:] for tag in self.tags if tag.startswith("attack.") and not tag[8:9].isdigit())
        return frozenset(name.replace("_", "-") for name in named)


class Unsupported(ValueError):
    """The rule asks for something that cannot be matched; the message says what and where."""


class Refusal(Struct, frozen=True):
    """A rule that was not taken, with a reason a person can act on."""

    path: str
    reason: str
