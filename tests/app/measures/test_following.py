"""The policy followed: which letter, into which, and whose block, as alerts come, rise and change hands."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from notices.measures import default_text
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.core.records import Alert, Asset, Block, Level, PlaybookRun, Threat, Unit, Verdict
from tests.app.conftest import NOW, Office, verdict
from tests.app.loop.conftest import both

HOST, UNIT = "192.0.2.5", "县教育局"


def seen(desk: Office, found: Verdict) -> Alert:
    """What detection found, and what follows from it."""
    alert = desk.alerts.record(found)
    assert alert is not None
    desk.measures.follow(alert.id)
    return alert


def host(n: int, threat: Threat, level: Level, unit: str | None = UNIT, **changed: object) -> Verdict:
    at = NOW - timedelta(minutes=5)
    attackers = ("203.0.113.9",) if threat == "attempted" else ()
    found = verdict(f"192.0.2.{n}", threat, level, unit=unit, first=at, last=at)
    return replace(found, attackers=attackers, **changed)


def issued(desk: Office) -> None:
    """Every draft leaves."""
    for notice in desk.letters.list("drafted"):
        desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))
        desk.letters.issue(notice.id, "approver")


def letters(desk: Office) -> list[tuple[str, str, str, list[str]]]:
    """(type, unit, state, addresses), oldest first."""
    found = reversed(desk.letters.list())
    return [(one.type, one.unit, one.state, [item.address for item in one.items]) for one in found]


def blocks(desk: Office) -> list[str]:
    return sorted(block.address for block in desk.blocks.list("proposed"))


def refusals(desk: Office) -> list[str]:
    return [run.result.en for run in desk.state.find(PlaybookRun) if not run.ok]


@pytest.mark.parametrize(
    ("threat", "level", "type_", "proposed"),
    [
        ("compromised", "high", "disposal", ["192.0.2.5", "198.51.100.7"]),
        ("compromised", "medium", "disposal", []),
        ("compromised", "low", "advisory", []),
        ("attempted", "high", "advisory", ["203.0.113.9"]),
        ("attempted", "medium", None, []),
        ("attempted", "low", None, []),
        ("risk", "high", "disposal", []),
        ("risk", "medium", "advisory", []),
        ("risk", "low", None, []),
    ],
)
def test_each_cell_of_the_policy(
    office: Office, threat: Threat, level: Level, type_: str | None, proposed: list[str]
) -> None:
    alert = seen(office, host(5, threat, level))
    lines = len(office.state.decisions())
    office.measures.follow(alert.id)
    assert len(office.state.decisions()) == lines  # following twice changes nothing
    assert letters(office) == ([(type_, UNIT, "drafted", [HOST])] if type_ else [])
    assert blocks(office) == proposed


def test_drafts_of_a_class_are_one_that_asks_for_the_most(office: Office) -> None:
    seen(office, host(1, "risk", "medium"))
    seen(office, host(2, "risk", "high"))
    seen(office, host(3, "risk", "medium"))
    seen(office, host(4, "compromised", "low"))
    found = [one for one in letters(office) if one[2] == "drafted"]
    assert [(type_, sorted(addresses)) for type_, _, _, addresses in found] == [
        ("disposal", ["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
        ("advisory", ["192.0.2.4"]),
    ]


def test_a_draft_that_people_had_a_hand_in_stays(office: Office) -> None:
    alert = office.alerts.record(host(1, "risk", "medium"))
    assert alert is not None
    office.letters.draft([alert.id], "analyst", "advisory")
    seen(office, host(2, "risk", "high"))
    assert [one[0] for one in letters(office)] == ["advisory", "disposal"]


def test_what_is_new_comes_into_the_open_letter_for_a_month(office: Office) -> None:
    seen(office, host(1, "compromised", "high"))
    issued(office)
    office.clock.advance(timedelta(days=29))
    seen(office, host(2, "compromised", "medium"))
    assert letters(office) == [("disposal", UNIT, "issued", ["192.0.2.1", "192.0.2.2"])]
    office.clock.advance(timedelta(days=1))
    seen(office, host(3, "compromised", "high"))
    assert [one[3] for one in letters(office)] == [["192.0.2.1", "192.0.2.2"], ["192.0.2.3"]]


def test_a_host_added_to_a_letter_that_left_is_blocked_without_a_second_letter(office: Office) -> None:
    seen(office, host(1, "compromised", "high"))
    issued(office)
    seen(office, host(2, "compromised", "high"))
    [block] = [one for one in office.blocks.list("proposed") if one.address == "192.0.2.2"]
    applied = office.blocks.approve(block.id, "approver")
    told = office.letters.tell_of(applied)
    assert told is not None
    assert len(letters(office)) == 1
    assert "192.0.2.2" in office.loop.history(told.id)[-1].why


def test_an_alert_that_rises_in_its_class_is_appended_and_its_block_proposed(office: Office) -> None:
    seen(office, host(5, "compromised", "medium"))
    issued(office)
    seen(office, replace(host(5, "compromised", "high"), count=9))
    [notice] = office.letters.list()
    assert [(item.level, item.count) for item in notice.items] == [("high", 9)]
    assert blocks(office) == [HOST, "198.51.100.7"]


def test_an_alert_of_another_class_gets_that_classes_letter(office: Office) -> None:
    seen(office, host(5, "attempted", "high"))
    seen(office, host(5, "compromised", "high"))
    assert letters(office) == [("advisory", UNIT, "withdrawn", [HOST]), ("disposal", UNIT, "drafted", [HOST])]
    seen(office, host(6, "risk", "medium"))
    issued(office)
    seen(office, host(6, "risk", "high"))
    assert letters(office)[2:] == [
        ("advisory", UNIT, "issued", ["192.0.2.6"]),
        ("disposal", UNIT, "drafted", ["192.0.2.6"]),
    ]


def test_an_alert_that_changes_hands_leaves_the_draft_and_keeps_its_letters(office: Office) -> None:
    alert = seen(office, host(5, "compromised", "high"))
    seen(office, host(5, "compromised", "high", "县水利局"))
    assert letters(office) == [
        ("disposal", UNIT, "withdrawn", [HOST]),
        ("disposal", "县水利局", "drafted", [HOST]),
    ]
    seen(office, host(5, "compromised", "high"))
    seen(office, host(5, "compromised", "high", "县水利局"))
    issued(office)
    seen(office, host(5, "compromised", "high", None))
    assert [(one.unit, one.state) for one in office.letters.about(alert.id)] == [
        (UNIT, "withdrawn"),
        ("县水利局", "withdrawn"),
        (UNIT, "withdrawn"),
        ("县水利局", "issued"),
    ]


def test_what_a_person_took_back_is_not_drafted_again_unless_it_rises(office: Office) -> None:
    seen(office, host(5, "compromised", "medium"))
    office.letters.withdraw(office.letters.list()[0].id, "analyst", "已电话告知")
    seen(office, replace(host(5, "compromised", "medium"), count=50))
    assert [one[2] for one in letters(office)] == ["withdrawn"]
    seen(office, replace(host(5, "compromised", "high"), count=60))
    assert [one[2] for one in letters(office)] == ["withdrawn", "drafted"]


def test_an_outside_source_of_three_units_is_three_letters_and_one_decision(office: Office) -> None:
    for n, unit in enumerate((UNIT, "县水利局", "县卫健局")):
        seen(office, host(n, "attempted", "high", unit))
    assert [one[:2] for one in letters(office)] == [
        ("advisory", UNIT), ("advisory", "县水利局"), ("advisory", "县卫健局")
    ]  # fmt: skip
    [block] = office.blocks.list()
    assert (block.address, len(block.alerts)) == ("203.0.113.9", 3)


def test_protected_ones_ours_and_nobodys_are_not_proposed(office: Office) -> None:
    office.settings.set_protected(["192.0.2.5 出口", "198.51.100.7 上级平台"], "admin")
    seen(office, host(5, "compromised", "high"))
    assert blocks(office) == []
    assert sorted(refusals(office)) == [
        "192.0.2.5 is protected: 192.0.2.5 出口",
        "198.51.100.7 is protected: 198.51.100.7 上级平台",
    ]
    office.state.put(Unit("u9", "县气象局"), Asset("a9", "u9", "cidr", "203.0.113.0/24", "专线"))
    seen(office, host(6, "attempted", "high"))
    seen(office, host(7, "compromised", "high", None, peers=("198.51.100.99",)))
    assert blocks(office) == ["198.51.100.99"]
    assert "192.0.2.7 has no owner; register it first" in refusals(office)
    assert [one[3] for one in letters(office)] == [[HOST], ["192.0.2.6"]]


def test_a_block_is_proposed_again_only_for_what_came_after_it_was_lifted(office: Office) -> None:
    alert = seen(office, host(5, "compromised", "high", peers=()))
    [block] = office.blocks.list("proposed")
    office.blocks.reject(block.id, "approver", "影响业务")
    office.measures.follow(alert.id)
    assert blocks(office) == []
    office.state.put(replace(block, state="lifted", lifted_at=NOW))
    office.measures.follow(alert.id)
    assert blocks(office) == []
    seen(office, replace(host(5, "compromised", "high", peers=()), last_seen=NOW + timedelta(hours=1)))
    assert blocks(office) == [HOST]


def test_seen_again_after_the_answer_opens_the_letter_by_the_same_rule_only(office: Office) -> None:
    office.state.put(Unit("u1", UNIT))
    seen(office, host(5, "compromised", "high"))
    issued(office)
    [notice] = office.letters.list()
    office.loop.answer(notice.id, both(office, notice), "unit:u1")
    office.clock.advance(timedelta(hours=2))
    again = office.clock.now()
    other = host(5, "compromised", "high")
    both_rules = verdict(HOST, "compromised", "high", rules=("r1", "r2"), last=again)
    first = replace(both_rules.because[0], last_seen=NOW - timedelta(hours=1))
    seen(office, replace(other, because=(first, both_rules.because[1]), last_seen=again, count=8))
    assert office.letters.get(notice.id).state == "answered"
    assert office.letters.get(notice.id).items[0].count == 8
    seen(office, replace(both_rules, count=9))
    assert office.letters.get(notice.id).state == "rectifying"


def test_a_letter_type_that_is_not_here_is_told_on_the_alert(office: Office) -> None:
    text = default_text().replace("low: {letter: advisory", "low: {letter: poem")
    office.settings.set_policy(text, "admin", "试行")
    seen(office, host(5, "compromised", "low"))
    assert letters(office) == []
    assert "no letter type poem" in refusals(office)[0]


def test_a_dismissed_alert_makes_nothing(office: Office) -> None:
    alert = office.alerts.record(host(5, "compromised", "high"))
    assert alert is not None
    office.alerts.dismiss(alert.id, "analyst", "误报")
    office.measures.follow(alert.id)
    assert office.state.find(Notice) == []
    assert office.state.find(Block) == []


def test_an_unit_with_an_approved_letter_waits(office: Office) -> None:
    """What is new meanwhile comes into it once it has left."""
    alert = seen(office, host(5, "compromised", "high"))
    [notice] = office.letters.list()
    office.letters.approve(notice.id, "approver", office.letters.text_hash(notice.id))
    seen(office, replace(host(5, "compromised", "high"), count=9))
    assert office.letters.get(notice.id).items[0].count == 3
    office.letters.issue(notice.id, "approver")
    office.measures.follow(alert.id)
    assert office.letters.get(notice.id).items[0].count == 9
    with pytest.raises(Refused):
        office.letters.draft([alert.id], "analyst")


def test_a_person_drafts_what_the_policy_has_for_the_gravest(office: Office) -> None:
    found = [host(1, "risk", "medium"), host(2, "risk", "high"), host(3, "attempted", "low")]
    ids = [alert.id for one in found if (alert := office.alerts.record(one))]
    assert office.measures.draft(ids[:1], "analyst").type == "advisory"
    assert office.measures.draft(ids[1:2], "analyst").type == "disposal"
    assert office.measures.draft(ids[2:], "analyst").type == "advisory"
    with pytest.raises(Refused):
        office.measures.draft(ids, "approver")


def test_what_a_person_drafts_comes_into_the_open_letter(office: Office) -> None:
    seen(office, host(1, "compromised", "high"))
    issued(office)
    [notice] = office.letters.list()
    other = office.alerts.record(host(2, "compromised", "medium"))
    foreign = office.alerts.record(host(3, "compromised", "medium", "县水利局"))
    risk = office.alerts.record(host(4, "risk", "high"))
    assert other is not None
    assert foreign is not None
    assert risk is not None
    assert office.measures.draft([other.id], "analyst").id == notice.id
    assert len(office.letters.get(notice.id).items) == 2
    drafted = office.measures.draft([other.id, risk.id], "analyst")
    assert (drafted.state, [item.alert_id for item in drafted.items]) == ("drafted", [risk.id])
    with pytest.raises(Refused):
        office.measures.draft([foreign.id, "A-9"], "analyst")
    assert office.letters.about(foreign.id) == []
