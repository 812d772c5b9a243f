"""Sigma filters: what a site adds to rules of others (Sigma specification 2.1, filters)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sigma.filters import SigmaFilter

from detections.engine.detection import read_detections
from detections.engine.parse import parse_detections
from detections.engine.rule import All, Condition, Rule


@dataclass(frozen=True)
class Filter:
    """`rules`: the ids or names it is for; None: every rule of its log source."""

    path: str
    rules: frozenset[str] | None
    logsource: Mapping[str, str]
    condition: Condition

    def is_for(self, rule: Rule) -> bool:
        """Whether the rule's log source is within the filter's, and the rule is named."""
        if not self.logsource.items() <= rule.logsource.items():
            return False
        return self.rules is None or not self.rules.isdisjoint((rule.id, rule.name))


def parse_filter(document: dict[str, object], path: str) -> Filter:
    """Raises one of `parse.WRONG`."""
    section = document["filter"]
    plain = {"selection": {"field": 1}, "condition": "selection"}  # the real ones are read by ourselves
    if isinstance(section, dict) and "rules" in section:
        plain["rules"] = section["rules"]
    given = SigmaFilter.from_dict({**document, "filter": plain})
    source = given.logsource
    named = {"category": source.category, "product": source.product, "service": source.service}
    rules = given.filter.rules
    return Filter(
        path,
        None if isinstance(rules, str) else frozenset(one.reference for one in rules),
        {key: value.lower() for key, value in named.items() if value},
        parse_detections(read_detections(section, "filter")),
    )


def filtered(rule: Rule, condition: Condition, filters: list[Filter]) -> Condition:
    """The rule's condition and that of every filter that is for it."""
    meant = tuple(one.condition for one in filters if one.is_for(rule))
    return All((condition, *meant)) if meant else condition
