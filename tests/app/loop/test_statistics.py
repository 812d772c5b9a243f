"""The figures of the loop equal a count by hand: by plain loops over what was done, not over the records."""

import random
from dataclasses import asdict
from datetime import datetime, timedelta

from taishi.app.loop.statistics import LoopCounts
from taishi.app.reports.counters import notice_figures
from taishi.app.window import Window
from taishi.core.clock import FixedClock
from taishi.core.records import THREATS, Threat, Unit
from tests.app.conftest import NOW, MemoryState, Office, verdict
from tests.app.loop.conftest import both, issued, paper

UNITS = tuple(f"县单位{n}" for n in range(40))


def by_hand(done: list[dict[str, object]], at: datetime) -> dict[str, object]:
    """Counted from the diary of what was done to each letter."""
    told: dict[str, object] = dict.fromkeys(LoopCounts.__dataclass_fields__, 0)
    answer_days, close_days = [], []
    for one in done:
        told["issued"] += 1
        out = one["end"] not in ("closed", "withdrawn")
        told["open"] += out
        told["closed"] += one["end"] == "closed"
        told["withdrawn"] += one["end"] == "withdrawn"
        told["received"] += one["received"]
        told["returned"] += one["returned"]
        told["reopened"] += one["reopened"]
        if one["answered"] is not None:
            told["answered"] += 1
            told["on_time" if one["answered"] <= one["deadline"] else "late"] += 1
            answer_days.append((one["answered"] - one["issued"]).total_seconds() / 86_400)
        elif out and one["deadline"] < at:
            told["overdue"] += 1
        if one["end"] == "closed":
            close_days.append((one["closed"] - one["issued"]).total_seconds() / 86_400)
    told["median_days_to_answer"] = middle(answer_days)
    told["median_days_to_close"] = middle(close_days)
    return told


def middle(days: list[float]) -> float | None:
    if not days:
        return None
    days, half = sorted(days), len(days) // 2
    return round(days[half] if len(days) % 2 else (days[half - 1] + days[half]) / 2, 2)


def one_letter(desk: Office, dice: random.Random, n: int) -> dict[str, object]:
    """A letter of its own unit and class, carried some way by chance."""
    unit, threat = UNITS[n % len(UNITS)], dice.choice(THREATS)
    type_ = dice.choice(("disposal", "advisory"))
    alert = desk.alerts.record(verdict(f"10.0.{n}.1", threat, "medium", unit=unit, last=desk.clock.now()))
    assert alert is not None
    for old in desk.letters.list():  # one open letter a unit and class: the old one makes room
        if old.unit == unit and old.threat == threat and old.state not in ("closed", "withdrawn"):
            return {}
    notice = issued(desk, alert.id, type_=type_)
    diary: dict[str, object] = {
        "unit": unit, "class": threat, "type": type_, "issued": desk.clock.now(), "received": False,
        "returned": False, "reopened": False, "answered": None, "deadline": notice.deadline, "end": "open",
    }  # fmt: skip
    carry(desk, dice, notice.id, diary)
    return diary


def carry(desk: Office, dice: random.Random, notice_id: str, diary: dict[str, object]) -> None:
    far = dice.randrange(7)
    if far >= 1:
        desk.loop.receive(notice_id, "analyst")
        diary["received"] = True
    if far >= 2 and dice.random() < 0.3:
        desk.loop.answer(notice_id, [], "analyst")
        diary["returned"] = True
    if far >= 3:
        desk.clock.advance(timedelta(hours=dice.choice((5, 30, 200, 700))))
        desk.loop.answer(notice_id, both(desk, desk.letters.get(notice_id)), "analyst")
        diary["answered"] = desk.clock.now()
    if far >= 4:
        retest = paper(desk, desk.letters.get(notice_id), "retest", f"{notice_id}".encode())
        desk.loop.recheck(notice_id, "analyst", retest)
    if far >= 5:
        desk.clock.advance(timedelta(hours=3))
        desk.loop.close(notice_id, "approver")
        diary.update(end="closed", closed=desk.clock.now())
    if far == 6 and dice.random() < 0.5:
        again = desk.loop.reopen(notice_id, "复查", "analyst")
        diary.update(end="open", reopened=True, answered=None, deadline=again.deadline)
    if diary["end"] == "open" and dice.random() < 0.2:
        desk.letters.withdraw(notice_id, "approver", "发错")
        diary["end"] = "withdrawn"


def test_equal_to_a_count_by_hand(tmp_path) -> None:
    dice, desk = random.Random(20261117), Office(MemoryState(), FixedClock(NOW), folder=tmp_path)
    desk.staff()
    desk.state.put(*(Unit(unit, unit) for unit in UNITS))
    done = [diary for n in range(150) if (diary := one_letter(desk, dice, n))]
    assert len(done) > 60
    at = desk.clock.now()
    stats = desk.loop.stats()
    assert asdict(stats.whole.counts) == by_hand(done, at)
    for type_, part in stats.by_type.items():
        of_type = [one for one in done if one["type"] == type_]
        assert asdict(part.counts) == by_hand(of_type, at)
        assert part.by_unit.keys() == {one["unit"] for one in of_type}
        for unit in part.by_unit:
            assert asdict(part.by_unit[unit]) == by_hand([o for o in of_type if o["unit"] == unit], at)
    for threat in THREATS:
        of_class = [one for one in done if one["class"] == threat]
        assert asdict(stats.whole.by_class[threat]) == by_hand(of_class, at)
    ends = {one["end"] for one in done}
    assert ends == {"open", "closed", "withdrawn"}
    reported = notice_figures(desk.state, Window(NOW - timedelta(days=1), at + timedelta(days=1)), at)
    told = by_hand(done, at)
    assert asdict(reported) == {n: told[n] for n in ("issued", "closed", "open", "withdrawn", "overdue")}


def test_parts_add_up_in_a_window(tmp_path) -> None:
    desk = Office(MemoryState(), FixedClock(NOW), folder=tmp_path)
    desk.staff()
    threat: Threat
    for n, threat in enumerate(THREATS):
        alert = desk.alerts.record(verdict(f"10.0.0.{n}", threat, "high"))
        assert alert is not None
        issued(desk, alert.id)
        desk.clock.advance(timedelta(days=1))
    window = Window(NOW, NOW + timedelta(days=2))
    stats = desk.loop.stats(window)
    assert stats.whole.counts.issued == 2
    assert sum(part.issued for part in stats.whole.by_class.values()) == 2
