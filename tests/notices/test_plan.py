"""What a policy gives for a stretch of risk events, counted by hand."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notices.measures import Weekly, default_policy, default_text, read_policy
from notices.plan import plan
from notices.weeks import week_of
from taishi.core.clock import ZONE
from taishi.core.records import LEVELS, THREATS, Alert, Level, Threat, Verdict

#: A Wednesday.
START = datetime(2026, 5, 20, 10, tzinfo=ZONE)
DAY = timedelta(days=1)
SOON = START + 60 * DAY


def alert(
    n: int,
    threat: Threat,
    level: Level,
    days: float,
    unit: str | None = "县教育局",
    outside: str = "203.0.113.9",
) -> Alert:
    at = START + days * DAY
    attackers = (outside,) if threat == "attempted" else ()
    verdict = Verdict(
        f"10.34.2.{n}", "ip", threat, level, unit, None, at, at, 1, (outside, "10.34.9.9"), attackers, ()
    )
    return Alert(f"A-{n}", verdict)


def told(*alerts: Alert, text: str = default_text()) -> list[tuple[str, str, str, list[str]]]:
    letters = plan(read_policy(text, "policy"), alerts, SOON).letters
    return [(one.type, one.unit, one.threat, one.alerts) for one in letters]


def test_an_open_letter_takes_in_what_is_new_of_its_unit_and_class() -> None:
    found = told(
        alert(1, "compromised", "high", 0),
        alert(2, "compromised", "medium", 1),
        alert(3, "risk", "high", 1),
        alert(4, "compromised", "high", 2, "县水利局"),
        alert(5, "compromised", "low", 29.9),
        alert(6, "compromised", "low", 30),
    )
    assert found == [
        ("disposal", "县教育局", "compromised", ["A-1", "A-2", "A-5"]),
        ("disposal", "县教育局", "risk", ["A-3"]),
        ("disposal", "县水利局", "compromised", ["A-4"]),
        ("advisory", "县教育局", "compromised", ["A-6"]),
    ]


def test_what_demands_is_not_added_to_what_informs() -> None:
    found = told(alert(1, "risk", "medium", 0), alert(2, "risk", "high", 1), alert(3, "risk", "medium", 2))
    assert found == [
        ("advisory", "县教育局", "risk", ["A-1"]),
        ("disposal", "县教育局", "risk", ["A-2", "A-3"]),
    ]


def test_medium_attempts_make_one_letter_a_unit_and_week() -> None:
    found = plan(
        default_policy(),
        [
            alert(1, "attempted", "medium", 0),
            alert(2, "attempted", "medium", 4.9),  # Monday, 07:36
            alert(3, "attempted", "medium", 5),  # Monday, 10:00
            alert(4, "attempted", "medium", 6),
            alert(5, "attempted", "medium", 7, "县水利局"),
            alert(6, "attempted", "medium", 59),
        ],
        SOON,
    )
    assert [(one.unit, one.at, one.alerts) for one in found.letters] == [
        ("县教育局", datetime(2026, 5, 25, 9, tzinfo=ZONE), ["A-1", "A-2"]),
        ("县教育局", datetime(2026, 6, 1, 9, tzinfo=ZONE), ["A-3", "A-4"]),
        ("县水利局", datetime(2026, 6, 1, 9, tzinfo=ZONE), ["A-5"]),
    ]
    assert found.waiting == ["A-6"]


def test_a_letter_at_once_takes_in_what_would_wait_for_the_end_of_the_week() -> None:
    high, before = alert(1, "attempted", "high", 1), alert(2, "attempted", "medium", 0)
    after = alert(3, "attempted", "medium", 2)
    assert told(high, before, after) == [("advisory", "县教育局", "attempted", ["A-1", "A-3", "A-2"])]


def test_low_ones_make_no_letter_and_nobodys_neither() -> None:
    found = plan(
        default_policy(),
        [
            alert(1, "risk", "low", 0),
            alert(2, "attempted", "low", 0),
            alert(3, "compromised", "high", 0, None),
        ],
        SOON,
    )
    assert (found.letters, found.summary, found.ownerless, found.blocks) == (
        [],
        ["A-1", "A-2"],
        ["A-3"],
        set(),
    )


def test_blocks_are_of_addresses_each_once_and_of_outsiders() -> None:
    alerts = [
        alert(1, "compromised", "high", 0, outside="198.51.100.7"),
        *(alert(n, "attempted", "high", n, f"单位{n}") for n in (2, 3, 4)),
        alert(5, "risk", "high", 0),
    ]
    assert plan(default_policy(), alerts, SOON).blocks == {"10.34.2.1", "198.51.100.7", "203.0.113.9"}


def test_another_setting_gives_other_letters() -> None:
    alerts = [alert(n, "risk", "low", n / 8) for n in range(1, 17)]
    text = default_text().replace(
        "low: {when: summary}\notherwise", "low: {letter: advisory, when: at_once, days: 15}\notherwise"
    )
    assert told(*alerts) == []
    assert [len(letter[3]) for letter in told(*alerts, text=text)] == [16]
    at_once_each = text.replace("append_days: 30", "append_days: 0")
    assert len(told(*alerts, text=at_once_each)) == 16


UNITS = st.sampled_from(["甲", "乙", None])
MADE = st.tuples(st.sampled_from(THREATS), st.sampled_from(LEVELS), st.floats(0, 80), UNITS)


@given(st.lists(MADE, max_size=40))
def test_every_alert_stands_in_exactly_one_place(made: list[tuple[Threat, Level, float, str | None]]) -> None:
    alerts = [alert(n, *one) for n, one in enumerate(made)]
    found = plan(default_policy(), alerts, SOON)
    places = [one for letter in found.letters for one in letter.alerts]
    assert sorted([*places, *found.summary, *found.waiting, *found.ownerless]) == sorted(a.id for a in alerts)
    by_id = {one.id: one.verdict for one in alerts}
    for letter in found.letters:
        owners = {(by_id[one].unit, by_id[one].threat) for one in letter.alerts}
        assert owners == {(letter.unit, letter.threat)}


@given(st.integers(-100_000, 100_000), st.integers(0, 23))
def test_a_week_holds_its_moment_and_begins_on_its_day(minutes: int, hour: int) -> None:
    at = START + timedelta(minutes=minutes)
    begin, end = week_of(at, Weekly("thursday", hour))
    assert begin <= at < end
    assert end - begin == 7 * DAY
    assert (begin.strftime("%A"), begin.hour, begin.minute) == ("Thursday", hour, 0)
