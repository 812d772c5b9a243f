"""The report form with a unit's answers in it: the annex of the letter, filled, as a paper of its own."""

from collections.abc import Mapping

import msgspec

from notices.answers.form import FIELDS, OTHER, REPORT, Asked
from notices.answers.writing_habits import label_key
from notices.content import Annex, FormField
from taishi.core.text import Text

_KEYS = {label_key(asked.label.zh): asked.key for asked in REPORT}


def filled(annex: Annex, answers: Mapping[str, str]) -> Annex:
    """The form with the answers by key; what is not answered stays as it was printed."""
    return msgspec.structs.replace(annex, fields=tuple(_field(each, answers) for each in annex.fields))


def _field(printed: FormField, answers: Mapping[str, str]) -> FormField:
    key = _KEYS.get(label_key(printed.label), "")
    asked = FIELDS.get(key)
    if asked is None or asked.kind == "given" or not answers.get(key):
        return printed
    value = answers[key]
    if asked.options is not None:
        value = _ticks(asked, value, answers.get(OTHER, ""))
    elif asked.kind == "time":
        value = official(value)
    return msgspec.structs.replace(printed, value=value)


def _ticks(asked: Asked, chosen: str, said: str) -> str:
    options: Mapping[str, Text] = asked.options or {}
    parts = [f"{'☑' if key == chosen else '□'}{word.zh}" for key, word in options.items()]
    return "　".join(parts) + (f"：{said}" if said and "other" in options else "")


def official(time: str) -> str:
    """`2026-11-25 18:00` as `2026年11月25日18时00分`, a day alone without the hours."""
    day, _, hour = time.partition(" ")
    year, month, date = (int(part) for part in day.split("-"))
    text = f"{year}年{month}月{date}日"
    return f"{text}{hour[:2]}时{hour[3:]}分" if hour else text
