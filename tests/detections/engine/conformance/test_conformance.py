"""Sigma 2.1 clause by clause: every case in `cases/`, on the engine and on the reference matcher."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from taishi.core.event import Json
from tests.detections.engine import reference
from tests.detections.engine.conformance.driver import as_yaml, judged, matches, rule_document

#: A rule or an event must never take long, whatever it is; the machine may be slow.
pytestmark = pytest.mark.timeout(15)


@dataclass(frozen=True)
class Case:
    """A detection section, the events that it hits and the ones that it does not."""

    name: str
    clause: str
    detection: dict[str, object]
    hits: list[dict[str, Json]]
    misses: list[dict[str, Json]]

    @property
    def family(self) -> str:
        return self.name.partition(":")[0]


def _cases() -> list[Case]:
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.yml")):
        for given in yaml.safe_load(path.read_text("utf-8")):
            detection = given.get("detection") or {"selection": given["rule"], "condition": "selection"}
            name = f"{path.stem}: {given['case']}"
            found.append(
                Case(name, given["clause"], detection, given.get("hits", []), given.get("misses", []))
            )
    return found


CASES = _cases()
each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def _told(case: Case, found: list[bool]) -> str:
    wanted = [True] * len(case.hits) + [False] * len(case.misses)
    wrong = [
        f"{'hit' if got else 'missed'} {event}"
        for event, got, want in zip(case.hits + case.misses, found, wanted, strict=True)
        if got is not want
    ]
    return "; ".join(wrong) and f"{case.clause}: {case.detection} {'; '.join(wrong)}"


@each_case
def test_engine(case: Case) -> None:
    rule = as_yaml(rule_document(case.detection))
    assert _told(case, matches(rule, case.hits + case.misses)) == ""


@pytest.mark.parametrize("family", sorted({case.family for case in CASES}))
def test_a_family_together(family: str) -> None:
    """All rules of a family in one pack, on all its events: what each does must not depend on the others."""
    cases = [case for case in CASES if case.family == family]
    events = [event for case in cases for event in case.hits + case.misses]
    rules = as_yaml(*(rule_document(case.detection, case.name) for case in cases))
    found = judged({"rules.yml": rules}, events)
    wrong = []
    for case in cases:
        judge = reference.parse(case.detection)
        wrong += [
            f"{case.name} {'hit' if case.name in titles else 'missed'} {event}"
            for event, titles in zip(events, found.hits, strict=True)
            if (case.name in titles) is not judge(event)
        ]
    assert not wrong, f"{len(wrong)}: {'; '.join(wrong[:5])}"


@each_case
def test_reference(case: Case) -> None:
    rule = reference.parse(case.detection)
    assert _told(case, [rule(event) for event in case.hits + case.misses]) == ""


def test_every_case_has_its_own_name_and_both_sides() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert [case.name for case in CASES if not case.hits] == []
