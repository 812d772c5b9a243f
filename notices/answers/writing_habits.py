"""How people write in a form: wide digits, 年月日, ticks of many shapes. Pure text in, plain values out."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from taishi.core.clock import ZONE
from taishi.core.text import Text

#: What XML 1.0 (2.2) has no place for, and marks that change the direction of reading.
_UNWRITABLE = re.compile(
    "[^\n\x20-\x7e\xa0-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\uf900-\ufffd\U00010000-\U0010ffff]"
)
_BLANK = re.compile(r"[\s_＿\u3000…]+")
_LABEL_NOISE = re.compile(
    r"[\s\u3000:：*＊＿_]+|^[（(]?[一二三四五六七八九十\d]+[）)]?[、.．]?|[（(][^（）()]*[）)]$"
)

#: Boxes that are ticked: drawn ones, what Word's own check boxes show, and the marks people type.
TICKS = frozenset("☑☒√✓✔■✅✗✘🗹⊠▣●⬛◼")
BOXES = frozenset("□☐◻◯○❏▢⬜◽")
#: Brackets around a typed tick: `清除（√）`.
_OPENED, _CLOSED = frozenset("[(（【"), "])）】"


def label_key(text: str) -> str:
    """A label without numbering, blanks, colons and hints in brackets: `一、告警信息：` is `告警信息`."""
    plain, before = unicodedata.normalize("NFKC", text), ""
    while plain != before:
        plain, before = _LABEL_NOISE.sub("", plain), plain
    return plain.upper()


def written(text: str) -> str:
    """What somebody wrote, line breaks kept, without blanks around lines and characters that no paper can
    hold; empty where only a rule to write on or nothing is left."""
    plain = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    lines = [line.strip(" \u3000\xa0") for line in plain.split("\n")]
    whole = "\n".join(lines).strip("\n")
    return whole if _BLANK.sub("", whole) else ""


_DAY = r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?"
_HOUR = r"(上午|下午|晚上|中午|凌晨)?\s*(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})|(半))?"
_MOMENT = re.compile(rf"{_DAY}(?:\s*[T,，]?\s*{_HOUR})?")
_AFTER_NOON = frozenset({"下午", "晚上"})


def moment(text: str) -> str:
    """`2026年11月25日下午6时` and its kin as `2026-11-25 18:00`, a day alone as `2026-11-25`. Empty where
    no such day is in it. Hours are of Asia/Shanghai."""
    found = _MOMENT.search(unicodedata.normalize("NFKC", text))
    if found is None:
        return ""
    year, month, day, half, hour, minute, thirty = found.groups()
    hours = int(hour or 0) + (12 if half in _AFTER_NOON and int(hour or 0) < 12 else 0)
    minutes = 30 if thirty else int(minute or 0)
    try:
        at = datetime(int(year), int(month), int(day), hours, minutes, tzinfo=ZONE)
    except ValueError:
        return ""
    return at.strftime("%Y-%m-%d %H:%M" if hour else "%Y-%m-%d")


def ticked(text: str, options: Mapping[str, Text]) -> list[str]:
    """The keys of the options whose box is ticked; of a single option left standing, that one.

    A tick belongs to the word that it touches: `□清除√` and `√清除` both say 清除. Empty where it cannot
    be told.
    """
    places = _places(text, options)
    marked = [key for key in places if _marks(text, places, key)]
    if marked or len(places) != 1 or any(each in text for each in BOXES):
        return marked
    return list(places)


Places = Mapping[str, tuple[int, int]]


def _places(text: str, options: Mapping[str, Text]) -> Places:
    """Where each option's word stands, in the order of the text."""
    found = {key: (text.find(word.zh), len(word.zh)) for key, word in options.items()}
    known = [(at, at + size, key) for key, (at, size) in found.items() if at >= 0]
    return {key: (begin, end) for begin, end, key in sorted(known)}


def _marks(text: str, places: Places, key: str) -> bool:
    """Whether the marks around a word tick it. Between two words, those that touch the left one with no
    blank and no box between are its own; the others belong to the right one."""
    keys = list(places)
    serial = keys.index(key)
    begin, end = places[key]
    left = text[places[keys[serial - 1]][1] if serial else 0 : begin]
    right = text[end : places[keys[serial + 1]][0] if serial + 1 < len(keys) else len(text)]
    own_before = _before(left) if serial else left
    last = serial + 1 == len(keys)
    own_after = _touching(right) or (_leading(right) if last else "")
    return bool(TICKS & set(own_before)) or bool(TICKS & set(own_after))


def _before(between: str) -> str:
    """The marks between two words that are not the left one's; none where nobody can tell (`清除√□修补`)."""
    size = len(_leading(between))
    undecided = size and between[size : size + 1] in BOXES
    return "" if undecided else between[len(_touching(between)) :]


def _touching(between: str) -> str:
    """The ticks right behind a word, where something else than a box follows: they are that word's."""
    size = len(_leading(between))
    rest = between[size:].lstrip(_CLOSED)
    follows = rest[:1]
    return between[:size] if size and (not follows or follows.isspace() or follows in "；;、，,") else ""


def _leading(between: str) -> str:
    size = 0
    while size < len(between) and between[size] in TICKS | _OPENED:
        size += 1
    return between[:size]
