"""Which ATT&CK techniques rules and behaviours look for: a Navigator layer and a table of tactics."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import msgspec

from detections import behaviours, sequences
from detections.engine.load import RulePack
from detections.hits import Finding
from enrichment.attack import TACTICS, technique

#: Rules that name neither a tactic nor a technique of which one is known.
UNTOLD = "(no tactic named)"
#: Titles in a technique's comment.
_MOST_TITLES = 10
_PALE, _DARK = "#deebf7", "#08519c"
#: ATT&CK's matrices that our rules name techniques of, by the Navigator's name: how their ids begin.
DOMAINS = {"enterprise-attack": "T1", "ics-attack": "T0"}
ENTERPRISE = "enterprise-attack"


class TechniqueNote(msgspec.Struct, frozen=True):
    """A technique of a layer; without a tactic it shows under every tactic it belongs to."""

    techniqueID: str  # noqa: N815 - the layer format's own name
    score: int
    comment: str
    enabled: bool = True


class Gradient(msgspec.Struct, frozen=True, rename="camel"):
    colors: tuple[str, ...]
    min_value: int
    max_value: int


class LegendItem(msgspec.Struct, frozen=True):
    label: str
    color: str


class LayerVersions(msgspec.Struct, frozen=True, omit_defaults=True):
    """Without `attack` the Navigator takes the layer to be of the version that it has itself."""

    navigator: str
    layer: str
    attack: str = ""


class Layer(msgspec.Struct, frozen=True, rename="camel"):
    """ATT&CK Navigator layer file format 4.5 (mitre-attack/attack-navigator, layers/LAYERFORMATv4_5.md)."""

    name: str
    versions: LayerVersions
    domain: str
    description: str
    techniques: tuple[TechniqueNote, ...]
    gradient: Gradient
    legend_items: tuple[LegendItem, ...]
    sorting: int = 3


@dataclass(frozen=True)
class Source:
    """A rule, correlation or behaviour as far as coverage goes."""

    title: str
    techniques: tuple[str, ...]
    tactics: frozenset[str]


@dataclass(frozen=True)
class TacticRow:
    """A tactic: the rules that name it, and the techniques that they name beside it."""

    tactic: str
    rules: int
    techniques: tuple[str, ...]


def sources_of(pack: RulePack) -> list[Source]:
    """Every rule and correlation of the pack, and our behaviours."""
    tagged = [
        *((one.title, one.tags) for one in pack.rules),
        *((one.title, one.tags) for one in pack.correlations),
    ]
    found = (Source(one.title.en, one.technique, frozenset()) for one in findings())
    return [*(_tagged(title, tags) for title, tags in tagged), *found]


def _tagged(title: str, tags: Iterable[str]) -> Source:
    """Sigma tags: `attack.t1071.001` is a technique, `attack.credential-access` a tactic."""
    named = [tag.removeprefix("attack.") for tag in tags if tag.startswith("attack.")]
    techniques = tuple(name.upper() for name in named if re.fullmatch(r"t\d{4}(\.\d{3})?", name))
    return Source(title, techniques, frozenset(name.replace("_", "-") for name in named) & frozenset(TACTICS))


def findings() -> Iterator[Finding]:
    """What our behaviours and sequences find: the module-level findings of their folders, each once."""
    known: dict[str, Finding] = {}
    for package in (behaviours, sequences):
        for info in sorted(iter_modules(package.__path__), key=lambda one: one.name):
            module = import_module(f"{package.__name__}.{info.name}")
            found = (value for value in vars(module).values() if isinstance(value, Finding))
            known |= {one.rule: one for one in found}
    yield from known.values()


def by_technique(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Titles by technique, techniques in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        for identity in dict.fromkeys(source.techniques):
            found[identity].append(source.title)
    return dict(sorted(found.items()))


def by_tactic(sources: Iterable[Source]) -> list[TacticRow]:
    """Tactics in the order of the matrix; a rule counts under every tactic that it names, else under those of
    its techniques.
    """
    rules: dict[str, int] = defaultdict(int)
    techniques: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        for tactic in source.tactics or _tactics_of(source.techniques) or {UNTOLD}:
            rules[tactic] += 1
            techniques[tactic].update(source.techniques)
    order = [*TACTICS, UNTOLD]
    return [TacticRow(one, rules[one], tuple(sorted(techniques[one]))) for one in order if rules[one]]


def _tactics_of(techniques: Iterable[str]) -> frozenset[str]:
    known = (technique(one) for one in techniques)
    return frozenset(tactic for one in known if one for tactic in one.tactics) & frozenset(TACTICS)


def make_layer(sources: Iterable[Source], name: str, attack: str = "", domain: str = ENTERPRISE) -> Layer:
    """A layer of one domain (`DOMAINS`), with the techniques of its matrix. Score: how many look for it.

    `attack`: the ATT&CK version that the tags are of, where that is known.
    """
    written = by_technique(sources)
    found = {one: titles for one, titles in written.items() if one.startswith(DOMAINS[domain])}
    most = max((len(titles) for titles in found.values()), default=1)
    return Layer(
        name=name,
        versions=LayerVersions(navigator="5.1.0", layer="4.5", attack=attack),
        domain=domain,
        description="Techniques that the installed Sigma rules and behaviours look for; score: how many do.",
        techniques=tuple(TechniqueNote(one, len(titles), _comment(titles)) for one, titles in found.items()),
        gradient=Gradient((_PALE, _DARK), 1, max(2, most)),
        legend_items=(LegendItem("1 rule or behaviour", _PALE), LegendItem(f"{most} of them", _DARK)),
    )


def _comment(titles: list[str]) -> str:
    more = f"\n… and {len(titles) - _MOST_TITLES} more" if len(titles) > _MOST_TITLES else ""
    return "\n".join(titles[:_MOST_TITLES]) + more
