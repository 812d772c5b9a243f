"""What comes after a letter has left is appended to it, or opens it again under its number."""

from datetime import timedelta

from taishi.core.notice_records import Notice
from tests.app.conftest import NOW, Office, verdict
from tests.app.loop.conftest import ALERT, HOST, UNIT, both, issued, moves
from tests.app.loop.test_closure import closed


def seen_again(desk: Office, count: int = 40, rules: tuple[str, ...] = ("r1",), host: str = HOST) -> str:
    alert = desk.alerts.record(
        verdict(host, "compromised", "high", count=count, rules=rules, last=desk.clock.now())
    )
    assert alert is not None
    return alert.id


def now(desk: Office, notice: Notice) -> Notice:
    return desk.letters.get(notice.id)


def test_more_of_the_same_is_appended_once(desk: Office) -> None:
    notice = issued(desk)
    text = desk.letters.content(notice.id)
    desk.clock.advance(timedelta(minutes=5))
    desk.loop.follow(seen_again(desk))
    desk.loop.follow(ALERT)
    [item] = now(desk, notice).items
    assert (item.count, item.last_seen, item.appended_at) == (40, desk.clock.now(), desk.clock.now())
    assert moves(desk, notice)[-2:] == [("approver", "issue"), ("system", "append")]
    assert desk.letters.content(notice.id) == text


def test_another_host_of_the_unit_comes_into_the_open_letter_of_its_class(desk: Office) -> None:
    notice = issued(desk)
    taken = desk.loop.absorb(seen_again(desk, host="192.0.2.6"), "disposal")
    assert taken is not None
    assert (taken.id, [item.address for item in taken.items]) == (notice.id, [HOST, "192.0.2.6"])


def test_what_needs_a_letter_of_its_own(desk: Office) -> None:
    issued(desk)
    for found in (
        verdict("192.0.2.7", "attempted", "high"),  # another class
        verdict("192.0.2.8", "compromised", "high", unit="县水利局"),  # another unit
        verdict("192.0.2.9", "compromised", "high", unit=None),  # nobody's
    ):
        alert = desk.alerts.record(found)
        assert alert is not None
        assert desk.loop.absorb(alert.id, "disposal") is None


def test_a_letter_that_asks_for_more_takes_in_what_asks_for_less_never_the_reverse(desk: Office) -> None:
    issued(desk)
    low = desk.alerts.record(verdict("192.0.2.6", "compromised", "low"))
    assert low is not None
    assert desk.letters.open_letter(UNIT, "compromised", "advisory") is not None
    taken = desk.loop.absorb(low.id, "advisory")
    assert taken is not None
    assert taken.type == "disposal"


def test_recurrence_after_the_answer_opens_the_same_number_again(desk: Office) -> None:
    notice = issued(desk)
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    desk.clock.advance(timedelta(hours=30))
    desk.loop.follow(seen_again(desk))
    again = now(desk, notice)
    assert (again.state, again.reopened, again.number) == ("rectifying", 1, notice.number)
    assert again.deadline > notice.deadline
    assert desk.loop.history(notice.id)[-1].why.startswith("答复后再次出现 seen again after the answer")
    # What was sent before does not answer for what came after.
    assert desk.loop.answer(notice.id, [], "unit:u1").state == "rectifying"
    assert desk.loop.answer(notice.id, both(desk, again), "unit:u1").state == "answered"


def test_events_from_before_the_answer_that_come_late_are_appended(desk: Office) -> None:
    notice = issued(desk)
    desk.clock.advance(timedelta(hours=5))
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    desk.alerts.record(verdict(HOST, "compromised", "high", count=9, last=NOW))
    desk.loop.follow(ALERT)
    after = now(desk, notice)
    assert (after.state, after.items[0].count) == ("answered", 9)


def test_recurrence_opens_a_closed_letter_again_for_some_time(desk: Office) -> None:
    notice = closed(desk)
    desk.clock.advance(timedelta(days=20))
    alert_id = seen_again(desk)
    taken = desk.loop.absorb(alert_id, "disposal")
    assert taken is not None
    assert (taken.id, taken.state, taken.closed_at) == (notice.id, "rectifying", None)
    assert desk.loop.absorb(alert_id, "disposal") == taken


def test_long_after_its_closure_a_new_letter_is_due(desk: Office) -> None:
    notice = closed(desk)
    desk.clock.advance(timedelta(days=31))
    alert_id = seen_again(desk)
    assert desk.loop.absorb(alert_id, "disposal") is None
    assert issued(desk, alert_id).number != notice.number


def test_another_matter_does_not_open_a_closed_letter(desk: Office) -> None:
    closed(desk)
    desk.clock.advance(timedelta(days=1))
    assert desk.loop.absorb(seen_again(desk, host="192.0.2.6"), "disposal") is None


def test_opened_again_by_hand(desk: Office) -> None:
    notice = closed(desk)
    again = desk.loop.reopen(notice.id, "复查发现未整改", "analyst")
    assert (again.state, again.reopened, again.opinion) == ("rectifying", 1, None)
