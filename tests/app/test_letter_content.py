"""What an issued letter says, recomputed from the store; whose addresses it names; which days it counts."""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
import pytest

from notices.measures import default_text
from notices.wording import stamp
from taishi.app.letters import Letters
from taishi.core.clock import ZONE
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES, Alert, Asset, Unit
from tests.app.conftest import NOW, Office, verdict

HOST, UNIT = "192.0.2.5", "县教育局"


def issued(office: Office, *alerts: str) -> Notice:
    notice = office.letters.draft(alerts, "analyst")
    office.letters.approve(notice.id, "approver", office.letters.text_hash(notice.id))
    return office.letters.issue(notice.id, "approver")


def said(office: Office, notice: Notice) -> str:
    return "\n".join(office.letters.content(notice.id).texts())


def own(
    office: Office, address: str, unit: str, since: datetime | None = None, until: datetime | None = None
) -> None:
    asset = Asset(f"{address}-{unit}", unit, "address", address, "门户", valid_from=since, valid_to=until)
    office.state.put(Unit(unit, unit))
    office.state.put(asset)


def test_every_row_recomputes_from_the_alerts_in_the_store(office: Office) -> None:
    kinds = (("compromised", "high"), ("attempted", "medium"), ("risk", "low"), ("compromised", "medium"))
    for n, (threat, level) in enumerate(kinds, 1):
        first = NOW - timedelta(days=n, minutes=7 * n)
        office.alerts.record(verdict(f"192.0.2.{n}", threat, level, count=n * 31, first=first, last=NOW))
    stored = office.state.find(Alert)
    notice = issued(office, *(alert.id for alert in stored))
    content = office.letters.content(notice.id)
    expected = set()
    for alert in stored:
        told = alert.verdict
        lines = {line.event_id: line for reason in told.because for line in reason.evidence}
        digest = sha256(msgspec.json.encode(tuple(lines.values()))).hexdigest()[:16]
        kind = (THREAT_NAMES[told.threat].zh, LEVEL_NAMES[told.level].zh)
        span = (stamp(told.first_seen), stamp(told.last_seen))
        expected.add((told.subject, *kind, told.because[0].title.zh, str(told.count), *span, digest))
    rows = content.annexes[0].rows
    assert {(row[1], row[3], row[4], *row[6:]) for row in rows} == expected
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    text = said(office, notice)
    assert "4个地址、4项风险。按类型分：主机失陷2项、尝试攻击1项、潜在风险1项；" in text
    assert "按等级分：高危1项、中危2项、低危1项。" in text


def test_an_address_that_was_anothers_at_the_time_keeps_the_letter_in_the_house(office: Office) -> None:
    """It was handed over while the alert ran: what was seen before is not the new owner's to read."""
    own(office, HOST, "县水利局", until=NOW - timedelta(days=1))
    own(office, HOST, UNIT, since=NOW - timedelta(days=1))
    office.alerts.record(verdict(HOST, first=NOW - timedelta(days=3), last=NOW))
    notice = office.letters.draft(["A-2026-000001"], "analyst")
    with pytest.raises(Refused, match=f"{HOST} did not belong to {UNIT}.*register: 县水利局"):
        office.letters.approve(notice.id, "approver", office.letters.text_hash(notice.id))


def test_an_address_that_was_the_units_all_the_time_is_fine(office: Office) -> None:
    own(office, HOST, UNIT, since=NOW - timedelta(days=30))
    office.alerts.record(verdict(HOST, first=NOW - timedelta(days=3), last=NOW))
    assert issued(office, "A-2026-000001").number


def test_the_other_side_is_named_unless_it_is_another_units(office: Office) -> None:
    own(office, HOST, UNIT)
    own(office, "198.51.100.8", "县水利局")
    told = msgspec.structs.replace(verdict(HOST), peers=("198.51.100.7", "198.51.100.8"))
    office.alerts.record(told)
    text = said(office, issued(office, "A-2026-000001"))
    assert "外部地址：198.51.100.7、198.51.*.*" in text
    assert "198.51.100.8" not in text
    assert "县水利局" not in text


def test_holidays_that_the_bureau_enters_move_the_deadline_and_end_the_remark(office: Office) -> None:
    office.clock.advance(timedelta(days=1459))  # Friday, 2030-11-15
    office.alerts.record(verdict(HOST, "compromised", "high"))
    letters = Letters(office.state, office.clock, office.settings.bureau, measures=office.settings.policy)
    guessed = letters.draft(["A-2030-000001"], "analyst")
    assert "2030年法定节假日安排尚未载入" in "\n".join(letters.content(guessed.id).texts())
    # The weekend is worked, the Monday after it is a day of rest.
    announced = "\nholidays:\n  2030:\n    rest: [2030-11-18]\n    worked: [2030-11-16, 2030-11-17]\n"
    office.settings.set_policy(default_text() + announced, "admin", "国办发明电")
    told = letters.draft(["A-2030-000001"], "analyst")
    assert guessed.deadline.astimezone(ZONE) == datetime(2030, 11, 20, 17, 30, tzinfo=ZONE)
    assert told.deadline.astimezone(ZONE) == datetime(2030, 11, 19, 17, 30, tzinfo=ZONE)
    assert "2030年11月19日17时30分前" in "\n".join(letters.content(told.id).texts())
    assert "节假日安排尚未载入" not in "\n".join(letters.content(told.id).texts())
