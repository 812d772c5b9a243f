"""The policy as set: who may, what it changes, what it leaves."""

from datetime import datetime

import pytest

from notices.measures import default_text
from taishi.app.letters import Letters
from taishi.core.clock import ZONE
from taishi.core.problems import Problem, Refused
from tests.app.conftest import Office, verdict

SLOWER = default_text().replace("days: 3,", "days: 4,")


def _letters(office: Office) -> Letters:
    return Letters(office.state, office.clock, office.settings.bureau, measures=office.settings.policy)


def _due(office: Office, subject: str, unit: str) -> datetime:
    alert = office.alerts.record(verdict(subject, "compromised", "high", unit=unit))
    assert alert is not None
    return _letters(office).draft([alert.id], "analyst").deadline.astimezone(ZONE)


def test_a_new_policy_counts_for_letters_drafted_from_then_on(office: Office) -> None:
    assert _due(office, "192.0.2.5", "县教育局").day == 20
    office.settings.set_policy(SLOWER, "admin", "局务会决定")
    assert _due(office, "192.0.2.6", "县水利局").day == 23
    assert [one.deadline.astimezone(ZONE).day for one in office.letters.list() if one.unit == "县教育局"] == [
        20
    ]


def test_a_change_is_audited_with_its_reason_and_kept_word_for_word(office: Office) -> None:
    office.settings.set_policy(SLOWER, "admin", "局务会决定")
    line = office.state.decisions()[-1]
    assert (line.actor, line.object_id, line.result, line.why) == ("admin", "policy", SLOWER, "局务会决定")
    assert office.settings.policy_text() == SLOWER


@pytest.mark.parametrize("by", ["analyst", "approver", "auditor", "system", "nobody"])
def test_only_an_administrator_sets_it(office: Office, by: str) -> None:
    with pytest.raises(Refused):
        office.settings.set_policy(SLOWER, by, "理由")
    assert office.settings.policy_text() == default_text()


def test_without_a_reason_or_sense_nothing_changes(office: Office) -> None:
    with pytest.raises(Refused):
        office.settings.set_policy(SLOWER, "admin", " ")
    with pytest.raises(Problem, match=r"own\.yml: cells\.compromised\.high: days"):
        office.settings.set_policy(
            default_text().replace("days: 3,", "days: -1,"), "admin", "理由", "own.yml"
        )
    assert office.settings.policy_text() == default_text()
