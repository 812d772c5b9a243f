"""Which fields of which matches correlations need."""

from collections.abc import Sequence

from detections.engine.correlate.definition import Correlation

Fields = dict[str, frozenset[str]]


def wanted(correlations: Sequence[Correlation]) -> tuple[Fields, Fields]:
    """For each rule the event fields it needs, and for each correlation what its firings have to carry.

    An outer correlation may group by a field that the inner does not (specification, "Ordered Temporal
    Proximity", note): then the inner carries that field's values of the events that made it fire.
    `correlations` come inner before outer.
    """
    needs: dict[str, set[str]] = {}
    own = {one.id: one for one in correlations}
    for one in reversed(correlations):
        carried = needs.get(one.id, set[str]()) - set(one.group_by)
        for rule in one.rules:
            asked = needs.setdefault(rule, set())
            names = {*one.group_by, *one.condition.fields, *carried}
            asked.update(one.field(name, rule) for name in names)
    rules = {rule: frozenset(fields) for rule, fields in needs.items() if rule not in own}
    firings = {one.id: frozenset(needs.get(one.id, set[str]()) - set(one.group_by)) for one in correlations}
    return rules, firings
