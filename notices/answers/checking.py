"""What is still missing or wrong in a unit's report, in words that name the field and say what to do."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from notices.answers.form import ANSWERED, OTHER, Asked
from notices.answers.writing_habits import label_key
from taishi.core.clock import ZONE
from taishi.core.text import Text

#: Telephone: at least so many digits, whatever stands between them.
_DIGITS = 7
#: Fewer characters than this tell nothing about a process or a cause.
_SHORT = 4


def problems(answers: Mapping[str, str], number: str, unit: str, now: datetime) -> dict[str, Text]:
    """By field key, in the form's order; empty where the report is complete. `number` and `unit` are the
    letter's: a report that names another one answers another letter."""
    found = dict(_about_another(answers, number, unit))
    for asked in ANSWERED:
        wrong = _missing(asked, answers) or _implausible(asked, answers, now)
        if wrong:
            found[asked.key] = wrong
    return found


def _about_another(answers: Mapping[str, str], number: str, unit: str) -> Iterator[tuple[str, Text]]:
    told, unit_told = answers.get("number", ""), answers.get("unit", "")
    if told and label_key(told) != label_key(number):
        yield (
            "number",
            Text(
                f"报告单上的函件编号是“{told}”，不是本函“{number}”，请换成本函的报告单",
                f"the form answers letter {told}, not {number}; use the form of this letter",
            ),
        )
    if unit_told and label_key(unit_told) != label_key(unit):
        yield (
            "unit",
            Text(
                f"报告单上的单位是“{unit_told}”，不是“{unit}”", f"the form is of unit {unit_told}, not {unit}"
            ),
        )


def _missing(asked: Asked, answers: Mapping[str, str]) -> Text | None:
    name, value = asked.label, answers.get(asked.key, "")
    if asked.options is not None:
        if value not in asked.options:
            return Text(f"“{name.zh}”没有勾选，或者勾选了不止一项", f"{name.en}: choose exactly one")
        if value == "other" and not answers.get(OTHER):
            return Text(f"“{name.zh}”选了“其他”，请写明是什么", f"{name.en}: say what the other outcome is")
        return None
    if value or not asked.needed:
        return None
    if asked.kind == "time":
        return Text(
            f"“{name.zh}”没有填写，或者看不出日期；请写成 2026年11月25日18时",
            f"{name.en}: is empty or no date; write 2026-11-25 18:00",
        )
    return Text(f"“{name.zh}”没有填写", f"{name.en}: is empty")


def _implausible(asked: Asked, answers: Mapping[str, str], now: datetime) -> Text | None:
    name, value = asked.label, answers.get(asked.key, "")
    if asked.kind == "text" and len(value) < _SHORT:
        return Text(f"“{name.zh}”太短，请至少写一句话", f"{name.en}: too short; write a sentence")
    if asked.key == "phone" and len(re.findall(r"\d", value)) < _DIGITS:
        return Text(f"“{name.zh}”不像电话号码，请核对", f"{name.en}: is no telephone number")
    if asked.kind == "time" and value and _after(value, now):
        return Text(f"“{name.zh}”还没有到，请核对日期", f"{name.en}: lies in the future")
    if asked.key == "finished" and value and _before(value, answers.get("started", "")):
        return Text(
            "“处置完成时间”早于“处置开始时间”，请核对日期", "Handling ended before it began; check the dates"
        )
    return None


def _after(time: str, now: datetime) -> bool:
    local = now.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    return time > local[: len(time)]


def _before(ended: str, began: str) -> bool:
    """Compared by the coarser of the two: a day alone is any hour of it."""
    size = min(len(ended), len(began))
    return bool(size) and ended[:size] < began[:size]
