"""How official Chinese writes moments, numbers and enumerations. All moments in Asia/Shanghai."""

from collections.abc import Sequence
from datetime import datetime

from taishi.core.clock import ZONE

_DIGITS = "零一二三四五六七八九"


def day(at: datetime) -> str:
    """`2026年5月20日`: Arabic digits, months and days without a leading zero (GB/T 9704-2012 §7.3.5.4)."""
    local = at.astimezone(ZONE)
    return f"{local.year}年{local.month}月{local.day}日"


def moment(at: datetime) -> str:
    """`2026年5月20日17时30分`."""
    local = at.astimezone(ZONE)
    return f"{day(at)}{local.hour}时{local.minute:02d}分"


def stamp(at: datetime, *, seconds: bool = False) -> str:
    """`2026-05-20 17:30` for tables."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def span(first: datetime, last: datetime) -> str:
    """`2026年5月13日至2026年5月19日`, or the one day."""
    begin, end = day(first), day(last)
    return begin if begin == end else f"{begin}至{end}"


def numeral(number: int) -> str:
    """1 to 99 as 一 to 九十九: the first level of numbering is 一、 the second （一） (§7.3.3)."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        raise ValueError(f"{number}: only 1 to 99 are written out")
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def some(words: Sequence[str], most: int, measure: str) -> str:
    """`a、b` or, where there are more than `most`, `a、b等7个地址`."""
    shown = "、".join(words[:most])
    return shown if len(words) <= most else f"{shown}等{len(words)}{measure}"
