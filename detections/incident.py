"""Which kind of GB/T 20986-2023 a finding is: exactly one, by `verdicts/kinds.yml`."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from taishi.core.incidents import INCIDENTS
from taishi.core.records import THREATS, HitKind, Threat


class Kinds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page `kinds.yml`, as it stands there: keys of `INCIDENTS` by rule, technique, origin and class."""

    rules: Mapping[str, str]
    techniques: Mapping[Threat, Mapping[str, str]]
    kinds: Mapping[HitKind, Mapping[Threat, str]]
    classes: Mapping[Threat, str]

    def __post_init__(self) -> None:
        named = {*self.rules.values(), *self.classes.values()}
        for of_technique in self.techniques.values():
            named |= set(of_technique.values())
        for of_class in self.kinds.values():
            named |= set(of_class.values())
        unknown = named - INCIDENTS.keys()
        if unknown or set(self.classes) != set(THREATS):
            raise ValueError(f"kinds.yml: {sorted(unknown)} or a class is missing")


class _Once(yaml.SafeLoader):
    """Refuses a key that stands twice: the later one would win in silence."""


def _mapping(loader: _Once, node: yaml.MappingNode) -> dict[object, object]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise yaml.constructor.ConstructorError(None, None, f"stands twice: {sorted(twice)}", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_Once.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@cache
def kinds() -> Kinds:
    """The page. Raises ValueError where it names a kind that is none, or one thing twice."""
    try:
        return msgspec.convert(yaml.load(_text(), _Once), Kinds)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"kinds.yml: {error}") from None


def _text() -> str:
    return files("detections").joinpath("verdicts", "kinds.yml").read_text("utf-8")


def incident_of(rule: str, kind: HitKind, threat: Threat, techniques: Sequence[str] = ()) -> str:
    """The key of the one kind that a finding is."""
    page = kinds()
    if rule in page.rules:
        return page.rules[rule]
    found = of_techniques(threat, techniques)
    return found[0] if found else page.kinds.get(kind, page.classes).get(threat) or page.classes[threat]


def of_techniques(threat: Threat, techniques: Sequence[str]) -> list[str]:
    """The kinds that the techniques name, without doubles, in the order of the page."""
    table = kinds().techniques.get(threat, {})
    named = [one if one in table else one.partition(".")[0] for one in techniques]
    return list(dict.fromkeys(table[one] for one in table if one in named))


def plain(threat: Threat) -> str:
    """The kind of a risk event of which nothing but its class is known."""
    return kinds().classes[threat]
