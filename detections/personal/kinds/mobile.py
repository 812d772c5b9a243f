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
#: Behind a count.
_UNIT = re.compile(
    r"\s?(?:条|元|字节|次|个|件|吨|米|秒|毫秒|微秒|万|亿|户|亩|度|分|%|bytes?\b|[kmg]i?b\b|b\b|ms\b|us\b|ns\b|rows?\b)",
    re.IGNORECASE,
)
#: Before a piece of something longer: paths, names of files, numbers of tickets.
_PIECE = frozenset("/\\_#-@.$*~^")


class Mobile:
    type: ItemType = "mobile"

    def find(self, page: Page) -> Iterator[Found]:
        for one in _FORM.finditer(page.text):
            value = re.sub("[ -]", "", one["number"])
            sure, reasons = _weighed(page, one)
            if sure:
                yield found("mobile", *one.span("number"), value, sure, "号段有效", *reasons)


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
    return (0.7, ("分组书写",)) if one["cut"] else (0.6, ("独立书写",))


KIND = Mobile()
