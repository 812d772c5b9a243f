"""A rule ready to match, and a rule that could not be taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from detections.engine.view import View
from taishi.core.ecs import Kind
from taishi.core.records import Threat
from taishi.core.text import Text

Predicate = Callable[[View], bool]


@dataclass(frozen=True)
class Meaning:
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


@dataclass(frozen=True)
class Variant:
    """One way a rule's log source appears in events: where to look and what must hold there.

    `channels` and `codes` (lower case) narrow Windows events down before anything is evaluated;
    None means any.
    """

    kinds: frozenset[Kind]
    matches: Predicate
    channels: frozenset[str] | None = None
    codes: frozenset[str] | None = None


@dataclass(frozen=True)
class Rule:
    """One Sigma rule. It hits an event when any of its variants does."""

    id: str
    title: str
    level: str
    path: str
    tags: tuple[str, ...]
    logsource: Mapping[str, str]
    variants: tuple[Variant, ...]
    meaning: Meaning | None = None
    description: str = ""

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


@dataclass(frozen=True)
class Refusal:
    """A rule that was not taken, with a reason a person can act on."""

    path: str
    reason: str


@dataclass
class RulePack:
    """What a folder or an archive of rules gave. Nothing is dropped without a line in `refused`."""

    rules: list[Rule] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
