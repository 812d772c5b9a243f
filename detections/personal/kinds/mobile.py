"""Mobile numbers of mainland China (MIIT's plan): three of four random numbers that begin with 1 fit it,
so what stands around decides: a word, somebody's name, and no sign of a count or another number."""

import re
from collections.abc import Iterator

from detections.personal.found import Found, ItemType, found
from detections.personal.page import Page

_FORM = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.])(?P<land>(?:\+|00)86[ -]?|86[ -]?|\(\+?86\)[ -]?)?"
    r"(?P<number>(?:1[38][0-9]|14[014-9]|15[0-35-9]|16[24-7]|17[0-8]|19[0-35-9])"
    r"(?:(?P<cut>[ -])[0-9]{4}(?P=cut)[0-9]{4}|[0-9]{8}))(?![0-9A-Za-z_])(?![.:/-][0-9A-Za-z])"
)
#: How sure a number is around which nothing says what it is.
_BARE = 0.55
#: Behind a count.
_UNIT = re.compile(
    r"\s?(?:条|元|字节|次|个|件|吨|米|秒|毫秒|微秒|万|亿|户|亩|度|分|%|bytes?\b|[kmg]i?b\b|b\b|ms\b|us\b|ns\b|rows?\b)",
    re.IGNORECASE,
)
#: A line that is a number and nothing else.
_ALONE = re.compile(r"^[ \t\"']*([0-9]{11})[ \t\"',;]*$", re.MULTILINE)
#: A column of so many is one of mobile numbers where each fits the plan, under so many beginnings: of other
#: numbers with eleven digits one in thirteen fits, and numbers of orders begin alike.
_COLUMN, _BEGINNINGS = 8, 3
#: Before a piece of something longer: paths, names of files, numbers of tickets.
_PIECE = frozenset("/\\_#-@.$*~^")


class Mobile:
    type: ItemType = "mobile"

    def find(self, page: Page) -> Iterator[Found]:
        hinted: tuple[str, ...] | None = None
        for one in _FORM.finditer(page.text):
            value = re.sub("[ -]", "", one["number"])
            sure, reasons = _weighed(page, one)
            if sure == _BARE:
                hinted = _hints(page) if hinted is None else hinted
                sure, reasons = (0.6, hinted) if hinted else (sure, reasons)
            if sure:
                yield found("mobile", *one.span("number"), value, sure, "号段有效", *reasons)


def _hints(page: Page) -> tuple[str, ...]:
    """What on the page speaks for telephones, though not beside the number."""
    if page.mentions("mobile"):
        return ("文中提到电话",)
    return ("成列书写",) if _is_column(page.text) else ()


def _is_column(text: str) -> bool:
    """Whether lines that are one number each are mobile numbers, all of them."""
    alone = set(_ALONE.findall(text))
    starts = {number[:3] for number in alone}
    return len(alone) >= _COLUMN and len(starts) >= _BEGINNINGS and all(map(_FORM.fullmatch, alone))


def _weighed(page: Page, one: re.Match[str]) -> tuple[float, tuple[str, ...]]:
    start, end = one.span()
    label = page.label(start)
    if label.says("mobile"):
        return (0.9, ("同列号码",)) if label.inherited else (0.98, ("前文或列名为电话",))
    if label.against("mobile") and label.of not in ("bank_card", "email"):
        return 0, ()
    if page.follows(end, _UNIT):
        return 0, ()
    if page.beside_a_name(start, end):
        return 0.9, ("与姓名相邻",)
    if one["land"] and one["land"][0] in "+(0":
        return 0.9, ("带国家代码",)
    if page.before(start) in _PIECE:
        return 0, ()
    return (0.7, ("分组书写",)) if one["cut"] else (_BARE, ("独立书写",))


KIND = Mobile()
