"""A YAML document with a `correlation` part becomes a Correlation, or is refused with one clear line."""

from collections.abc import Mapping
from typing import cast

from detections.engine.correlate import expression
from detections.engine.correlate.conditions import parse_bounds
from detections.engine.correlate.definition import TEMPORAL, TYPES, Condition, Correlation, Type
from detections.engine.correlate.reading import flag, mapping, text, texts
from detections.engine.correlate.timespan import parse_timespan

LEVELS = frozenset({"informational", "low", "medium", "high", "critical"})
#: `timeframe` is the older name of `timespan`. Anything else is refused: a misspelt `group-by` would
#: silently count everything together.
_KEYS = frozenset({"type", "rules", "aliases", "group-by", "timespan", "timeframe", "condition", "generate"})
MOST_RULES, MOST_ORDERED, MOST_FIELDS = 256, 32, 32


def parse_correlation(document: Mapping[str, object], path: str) -> Correlation:
    """The correlation of one YAML document; `path` says where it came from.

    Raises ValueError in one line for what cannot be taken. References and aliases are checked by `resolve`,
    which knows the rules: they may be called by id in one place and by name in another.
    """
    section = mapping(document.get("correlation"), "correlation")
    unknown = section.keys() - _KEYS
    if unknown:
        raise ValueError(
            f"correlation: {sorted(unknown)[0]!r} is not known; known are {', '.join(sorted(_KEYS))}"
        )
    kind = _type(section)
    rules = _rules(section, kind)
    name, title = text(document, "name"), text(document, "title")
    own = text(document, "id") or name
    if not (own or title):
        raise ValueError("a correlation needs a title")
    return Correlation(
        id=own or f"{path}: {title}",
        name=name or None,
        title=title or own,
        level=_level(document),
        path=path,
        tags=texts(document, "tags"),
        description=text(document, "description"),
        type=kind,
        rules=rules,
        group_by=_unique(section, "group-by"),
        aliases=_aliases(section),
        timespan=_timespan(section),
        condition=_condition(section.get("condition"), kind, rules),
        generate=_generate(document, section),
    )


def _type(section: Mapping[str, object]) -> Type:
    kind = text(section, "type")
    if kind not in TYPES:
        raise ValueError(f"correlation type {kind[:40]!r} is not known; known are {', '.join(sorted(TYPES))}")
    return cast(Type, kind)


def _rules(section: Mapping[str, object], kind: str) -> tuple[str, ...]:
    """The references; a temporal correlation may name them in its extended condition alone."""
    rules = texts(section, "rules")
    extended = section.get("condition")
    if not rules and kind in TEMPORAL and isinstance(extended, str):
        rules = expression.names(extended)
    if not rules:
        raise ValueError("correlation: 'rules' names no rule")
    if len(set(rules)) < len(rules):
        raise ValueError("correlation: 'rules' names one rule twice")
    most = MOST_ORDERED if kind == "temporal_ordered" else MOST_RULES
    if len(rules) > most:
        raise ValueError(f"correlation: 'rules' has more than {most} entries for {kind}")
    return rules


def _unique(section: Mapping[str, object], key: str) -> tuple[str, ...]:
    fields = tuple(dict.fromkeys(texts(section, key)))
    if len(fields) > MOST_FIELDS:
        raise ValueError(f"correlation: {key!r} has more than {MOST_FIELDS} fields")
    return fields


def _aliases(section: Mapping[str, object]) -> dict[str, dict[str, str]]:
    given = section.get("aliases")
    if given is None:
        return {}
    aliases = mapping(given, "aliases")
    return {alias: _alias(alias, mapping(fields, f"alias {alias!r}")) for alias, fields in aliases.items()}


def _alias(alias: str, fields: Mapping[str, object]) -> dict[str, str]:
    if not fields:
        raise ValueError(f"alias {alias!r} names no rule")
    found = {rule: text(fields, rule) for rule in fields}
    for rule, field in found.items():
        if not field:
            raise ValueError(f"alias {alias!r} has no field for the rule {rule!r}")
    return found


def _timespan(section: Mapping[str, object]) -> int:
    given = section.get("timespan", section.get("timeframe"))
    if given is None:
        raise ValueError("correlation: 'timespan' is missing (as 10m)")
    return parse_timespan(given)


def _condition(given: object, kind: Type, rules: tuple[str, ...]) -> Condition:
    if isinstance(given, str):
        return _extended(given, kind, rules)
    return parse_bounds(given, kind, len(rules))


def _extended(given: str, kind: Type, rules: tuple[str, ...]) -> Condition:
    if kind not in TEMPORAL:
        raise ValueError(f"condition: an expression is for temporal correlations; {kind} needs a comparison")
    named = set(expression.names(given))
    for missing in sorted(named.symmetric_difference(rules)):
        where = "'rules' does not list it" if missing in named else "the condition does not"
        raise ValueError(f"condition and 'rules' must name the same rules: {missing!r}, {where}")
    return Condition(alternatives=expression.alternatives(given, rules))


def _level(document: Mapping[str, object]) -> str:
    level = text(document, "level") or "medium"
    if level not in LEVELS:
        raise ValueError(f"level {level[:40]!r} is not one of informational, low, medium, high, critical")
    return level


def _generate(document: Mapping[str, object], section: Mapping[str, object]) -> bool:
    """The JSON schema has `generate` beside `correlation`, pySigma inside it: both are read."""
    outside, inside = flag(document, "generate"), flag(section, "generate")
    if outside is not None and inside is not None and outside != inside:
        raise ValueError("'generate' is given twice and differs")
    return bool(inside if outside is None else outside)
