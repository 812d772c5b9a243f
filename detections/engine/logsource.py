"""Which of our events a rule's log source means, and what its fields are called there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import cast

import yaml

from taishi.core.ecs import Kind


@dataclass(frozen=True)
class Route:
    """Kinds of events, the module they must come from (None: any), and field names."""

    kinds: frozenset[Kind]
    module: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def route(logsource: Mapping[str, str]) -> Route:
    """The route of a log source that is not Windows.

    A source that no entry names is looked for among `other` events whose `event.module` is its
    product (or service, or category), with the rule's own field names.
    """
    for wanted, found in _routes():
        if wanted.items() <= logsource.items():
            return found
    module = logsource.get("product") or logsource.get("service") or logsource.get("category")
    return Route(frozenset({"other"}), module)


@cache
def _routes() -> tuple[tuple[dict[str, str], Route], ...]:
    entries = yaml.safe_load(files("detections.engine").joinpath("logsources.yml").read_text("utf-8"))
    return tuple((cast(dict[str, str], entry["logsource"]), _route(entry)) for entry in entries)


def _route(entry: Mapping[str, object]) -> Route:
    return Route(
        frozenset(cast(list[Kind], entry["kinds"])),
        cast(str | None, entry.get("module")),
        cast(dict[str, str], entry.get("fields", {})),
    )
