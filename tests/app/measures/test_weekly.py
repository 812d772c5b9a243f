"""What is gathered by weeks: once a week, one letter a unit, nothing twice."""

from datetime import datetime, timedelta

from taishi.app.measures.weekly import gather
from taishi.core.clock import ZONE
from taishi.core.problems import Refused
from tests.app.conftest import Office, verdict
from tests.app.measures.test_following import UNIT, host, issued, letters, seen

DAY = timedelta(days=1)


def attempt(desk: Office, n: int, unit: str | None = UNIT) -> str:
    """A medium attempt, seen now."""
    now = desk.clock.now()
    return seen(desk, verdict(f"192.0.2.{n}", unit=unit, first=now, last=now)).id


def until(desk: Office, day: int, hour: int = 9, minute: int = 0) -> int:
    """To that moment of November 2026, and what is gathered then."""
    desk.clock.advance(datetime(2026, 11, day, hour, minute, tzinfo=ZONE) - desk.clock.now())
    return gather(desk.measures)


def test_one_letter_a_unit_and_week(office: Office) -> None:
    assert gather(office.measures) == 0
    attempt(office, 1)
    office.clock.advance(DAY)
    attempt(office, 2)
    attempt(office, 3, "县水利局")
    attempt(office, 4, None)
    assert until(office, 23, 8, 59) == 0
    assert letters(office) == []
    assert until(office, 23) == 2
    assert letters(office) == [
        ("advisory", UNIT, "drafted", ["192.0.2.1", "192.0.2.2"]),
        ("advisory", "县水利局", "drafted", ["192.0.2.3"]),
    ]
    assert gather(office.measures) == 0


def test_the_next_week_has_its_own_letter_and_what_was_told_is_appended(office: Office) -> None:
    attempt(office, 1)
    until(office, 23)
    issued(office)
    attempt(office, 1)
    attempt(office, 2)
    assert until(office, 30) == 1
    assert [(one[2], one[3]) for one in letters(office)] == [
        ("issued", ["192.0.2.1"]),
        ("drafted", ["192.0.2.2"]),
    ]
    assert office.letters.list("issued")[0].items[0].appended_at is not None


def test_an_open_letter_at_once_takes_them_in(office: Office) -> None:
    seen(office, host(9, "attempted", "high"))
    issued(office)
    attempt(office, 1)
    assert until(office, 23) == 0
    assert [one[3] for one in letters(office)] == [["192.0.2.9", "192.0.2.1"]]


def test_weeks_that_were_missed_are_made_good(office: Office) -> None:
    until(office, 23)
    attempt(office, 1)
    office.clock.advance(8 * DAY)
    attempt(office, 2)
    office.clock.advance(8 * DAY)
    assert gather(office.measures) == 1
    assert [one[3] for one in letters(office)] == [["192.0.2.1", "192.0.2.2"]]


def test_what_was_dismissed_or_taken_back_is_left_out(office: Office) -> None:
    office.alerts.dismiss(attempt(office, 1), "analyst", "误报")
    until(office, 23)
    assert letters(office) == []
    attempt(office, 2)
    until(office, 30)
    office.letters.withdraw(office.letters.list()[0].id, "analyst", "已电话告知")
    attempt(office, 2)
    office.clock.advance(7 * DAY)
    assert gather(office.measures) == 0


def test_a_draft_that_waits_still_takes_the_next_week_in(office: Office) -> None:
    attempt(office, 1)
    until(office, 23)
    attempt(office, 2)
    assert until(office, 30) == 1
    assert [one[3] for one in letters(office)] == [["192.0.2.1", "192.0.2.2"]]


def test_a_letter_that_is_refused_is_told_and_the_others_go_on(office: Office, monkeypatch) -> None:
    attempt(office, 1)
    attempt(office, 2, "县水利局")
    drafting = office.letters.draft

    def broken(ids: list[str], by: str, type_: str) -> object:
        if office.alerts.get(ids[0]).verdict.unit == UNIT:
            raise Refused("不行 no")
        return drafting(ids, by, type_)

    monkeypatch.setattr(office.letters, "draft", broken)
    assert until(office, 23) == 1
    assert [one[1] for one in letters(office)] == ["县水利局"]
