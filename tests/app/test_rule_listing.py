"""Whether a rule or correlation can find anything, as a list of rules shows it."""

from pathlib import Path

import pytest

from detections.engine.load import load_rules
from taishi.app.rule_listing import Listed, Shelves, list_rules, sight_of

RULE = """title: {name}
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a070{number}
name: {name}
status: test
logsource: {{{source}}}
detection:
  selection: {{{field}: '{value}'}}
  condition: selection
level: low
---
"""
#: One that can hit, one whose source nothing of ours gives, one that waits for a placeholder's values.
RULES = (
    RULE.format(name="ready", number=0, source="category: webserver", field="sc-status", value=404)
    + RULE.format(
        name="unfed",
        number=1,
        source="product: onelogin, service: onelogin.events",
        field="event_type",
        value="a",
    )
    + RULE.format(
        name="waits", number=2, source="category: webserver", field="cs-username|expand", value="%admins%"
    )
)
CORRELATION = """title: {title}
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a071{number}
name: {name}
correlation:
  type: {type}
  rules: [{rules}]
  timespan: 1h
{condition}
level: high
---
"""


def correlation(kind: str, rules: str, condition: str, name: str = "outer", number: int = 0) -> str:
    written = f"  condition: {condition}" if condition else ""
    return CORRELATION.format(
        title=f"The {name} one", name=name, number=number, type=kind, rules=rules, condition=written
    )


def listed(folder: Path, text: str) -> dict[str, Listed]:
    (folder / "rules.yml").write_text(RULES + text)
    pack = load_rules([folder])
    assert pack.refused == ()
    found = list_rules(pack, Shelves({}), sight_of(pack, frozenset()), {})
    return {one.title: one for one in found}


@pytest.mark.parametrize(
    ("kind", "rules", "condition", "state", "why"),
    [
        ("event_count", "ready", "{gte: 3}", "ready", ""),
        ("event_count", "ready, unfed, waits", "{gte: 3}", "ready", ""),
        ("event_count", "unfed", "{gte: 3}", "no source", "unfed"),
        ("event_count", "waits", "{gte: 3}", "waiting", "%admins%"),
        ("event_count", "unfed, waits", "{lte: 3}", "waiting", "%admins%"),
        ("temporal", "ready, unfed", "", "no source", "unfed"),
        ("temporal_ordered", "ready, waits", "", "waiting", "%admins%"),
        ("temporal", "ready, unfed, waits", "{gte: 1}", "ready", ""),
        ("temporal", "ready, unfed, waits", "{lt: 2}", "ready", ""),
        ("temporal", "ready, unfed, waits", "{gt: 1}", "waiting", "%admins%"),
        ("temporal", "ready, unfed", "ready or unfed", "ready", ""),
        ("temporal", "ready, unfed", "ready and not unfed", "ready", ""),
        ("temporal", "ready, unfed", "ready and unfed", "no source", "unfed"),
    ],
)
def test_a_correlation_is_as_ready_as_its_rules(
    tmp_path: Path, kind: str, rules: str, condition: str, state: str, why: str
) -> None:
    found = listed(tmp_path, correlation(kind, rules, condition))
    assert [found[name].state for name in ("ready", "unfed", "waits")] == ["ready", "no source", "waiting"]
    assert (found["The outer one"].state, found["The outer one"].why) == (state, why)


def test_a_correlation_over_correlations_is_as_ready_as_they_are(tmp_path: Path) -> None:
    inner = correlation("event_count", "unfed", "{gte: 3}", "inner", 1)
    found = listed(tmp_path, correlation("temporal", "ready, inner", "") + inner)
    told = found["The outer one"]
    assert (told.state, told.why) == ("no source", "The inner one")
