"""The policy as data: what the bureau does about a risk event, by class and level (`measures.yml`)."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from notices import calendar
from notices.calendar import Year
from notices.struct_text import read_struct
from taishi.core.notice_records import NoticeItem
from taishi.core.records import LEVELS, THREATS, Level, Threat
from taishi.core.text import Text

When = Literal["at_once", "weekly", "summary"]
Target = Literal["subject", "peers", "attackers"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

#: In the order of `datetime.weekday`.
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

WHEN_NAMES: dict[When, Text] = {
    "at_once": Text("立即", "at once"),
    "weekly": Text("按周汇总", "gathered weekly"),
    "summary": Text("仅列入每周小结", "weekly summary only"),
}
TARGET_NAMES: dict[Target, Text] = {
    "subject": Text("问题主机", "problem host"),
    "peers": Text("控制端", "control servers"),
    "attackers": Text("外部攻击源", "outside sources"),
}
WEEKDAY_NAMES: dict[Weekday, Text] = {
    "monday": Text("周一", "Monday"),
    "tuesday": Text("周二", "Tuesday"),
    "wednesday": Text("周三", "Wednesday"),
    "thursday": Text("周四", "Thursday"),
    "friday": Text("周五", "Friday"),
    "saturday": Text("周六", "Saturday"),
    "sunday": Text("周日", "Sunday"),
}
#: A year of working days: longer is a slip of the pen, and beyond what holiday tables know.
MAX_DAYS = 250
MAX_APPEND_DAYS = 365
HOURS = 24


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cell: which letter (by its type's short name), when, and whose block is proposed.

    `days`: working days to answer; None leaves it to the policy's `otherwise_days`.
    """

    when: When
    letter: str | None = None
    days: int | None = None
    block: tuple[Target, ...] = ()


class Weekly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The moment of the week at which its letters and its summary are due, Asia/Shanghai."""

    day: Weekday = "monday"
    hour: int = 9


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measure for every class and level; `append_days`: how long a letter that left takes in what its unit
    shows anew of the same class; `holidays`: years as the bureau entered them, before what
    `notices.calendar` knows of them."""

    cells: dict[Threat, dict[Level, Measure]]
    otherwise_days: int
    append_days: int = 30
    weekly: Weekly = Weekly()
    holidays: dict[int, Year] = {}

    def measure(self, threat: Threat, level: Level) -> Measure:
        return self.cells[threat][level]

    def days(self, items: Iterable[NoticeItem]) -> int:
        """The shortest span, in working days, that any of the items asks for."""
        return min(self.measure(one.threat, one.level).days or self.otherwise_days for one in items)


@cache
def default_text() -> str:
    """The policy of `measures.yml`, as it stands there."""
    return Path(__file__).with_name("measures.yml").read_text("utf-8")


@cache
def default_policy() -> Policy:
    return read_policy(default_text(), "measures.yml")


@lru_cache(maxsize=4)
def read_policy(text: str, name: str) -> Policy:
    """The policy that the YAML says, read once: it is asked for at every alert. Raises Problem, one line with
    `name` and the key, where it is none."""
    return read_struct(text, Policy, name, _wrong)


def _wrong(policy: Policy) -> Iterator[str]:
    if not 0 < policy.otherwise_days <= MAX_DAYS:
        yield f"otherwise_days: {policy.otherwise_days} must be 1 to {MAX_DAYS} working days"
    if not 0 <= policy.append_days <= MAX_APPEND_DAYS:
        yield f"append_days: {policy.append_days} must be 0 to {MAX_APPEND_DAYS} days"
    if not 0 <= policy.weekly.hour < HOURS:
        yield f"weekly.hour: {policy.weekly.hour} must be 0 to {HOURS - 1}"
    yield from (f"holidays.{reason}" for reason in calendar.wrong(policy.holidays))
    for threat in THREATS:
        for level in LEVELS:
            measure = policy.cells.get(threat, {}).get(level)
            reason = "is missing" if measure is None else _unfit(measure)
            if reason:
                yield f"cells.{threat}.{level}: {reason}"


def _unfit(measure: Measure) -> str:
    """Why a cell cannot be carried out; empty where it can."""
    if measure.when == "summary" and (measure.letter or measure.days):
        return "a summary has no letter and no days; write when: at_once or weekly"
    if measure.when != "summary" and not (measure.letter or "").strip():
        return "needs a letter; without one write when: summary"
    if measure.days is not None and not 0 < measure.days <= MAX_DAYS:
        return f"days: {measure.days} must be 1 to {MAX_DAYS} working days"
    return ""
