"""A cheap look that most texts of machines do not pass: where personal data may stand, and how far to read.

The same pattern for columns (RE2, as Arrow has it) and for single texts, so it may use neither look-around
nor back references.
"""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

#: What may stand directly before a number: no letter or digit, unless it ends an escape.
_OPEN = r"(?:^|[^0-9A-Za-z.]|\\u[0-9a-fA-F]{4}|\\[nrt]|%[0-9A-Fa-f]{2}|学籍号[GL]|学号[GL])"
_CLOSE = r"(?:[^0-9A-Za-z]|$)"
_MOBILE = r"1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})|(?:86[ -]?|0086[ -]?)1[3-9][0-9]{9}"
_LONG = r"[1-9][0-9]{14,17}[0-9Xx×хХ]?|[1-9ANY][1-59][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
_DATED = r"[0-9]{6}[ -](?:18|19|20)[0-9]{6}"
_GROUPED = r"[0-9]{3,6}[ -][0-9]{3,4}[ -][0-9]{3,4}[ -][0-9]{3,7}"
_ESCAPE = r"(?:\\u[0-9a-fA-F]{4}|%[0-9A-Fa-f]{2})"
#: As escapes: a plate; 护照, 字第, 军官证 and full-width digits.
_ESCAPED = (
    rf"{_ESCAPE}[A-Z]{_ESCAPE}{{0,2}}[A-Z0-9]{{4}}|(?i:\\u62a4\\u7167|\\u5b57\\u7b2c|\\u519b\\u5b98\\u8bc1|\\uff1[0-9]|"
    r"%E6%8A%A4%E7%85%A7|%E5%AD%97%E7%AC%AC|%E5%86%9B%E5%AE%98%E8%AF%81|%EF%BC%9[0-9])"
)
_NUMBERS = rf"{_OPEN}(?:{_MOBILE}|{_LONG}){_CLOSE}|{_DATED}|{_GROUPED}|[Pp]assport|{_ESCAPED}"
_MAIL = r"[A-Za-z0-9_]@[A-Za-z0-9]|%40"
_WIDE = (
    r"护照|護照|字第|军官证|[０-９]{3}|"
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•・‧.-]?[A-Z0-9]{4}"
)
_PLAIN, _WITH_MAIL = re.compile(f"{_NUMBERS}|{_WIDE}"), re.compile(f"{_NUMBERS}|{_WIDE}|{_MAIL}")

#: Signs read before and after what passed: labels and names stand there.
_AROUND = 120


def passing(column: pa.Array, *, emails: bool) -> list[int]:
    """The rows of a column that may hold something. Chinese is only looked for where there is any."""
    pattern = f"{_NUMBERS}|{_MAIL}" if emails else _NUMBERS
    rows = set(pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(column, pattern), False)).to_pylist())
    wide = pc.indices_nonzero(pc.fill_null(pc.invert(pc.string_is_ascii(column)), False))
    if len(wide):
        found = pc.match_substring_regex(column.take(wide), _WIDE)
        rows |= set(wide.filter(found).to_pylist())
    return sorted(rows)


def windows(text: str, *, emails: bool) -> Iterator[tuple[int, int]]:
    """The stretches of a text that are worth reading, apart from each other, none cut within a word."""
    begin = end = -1
    for one in (_WITH_MAIL if emails else _PLAIN).finditer(text):
        if one.start() - _AROUND > end >= 0:
            yield _whole(text, begin, end)
            begin = -1
        begin = max(0, one.start() - _AROUND) if begin < 0 else begin
        end = one.end() + _AROUND
    if begin >= 0:
        yield _whole(text, begin, end)


def _whole(text: str, begin: int, end: int) -> tuple[int, int]:
    """Widened to where no number or word is cut."""
    begin, end = max(0, begin), min(len(text), end)
    for _ in range(_AROUND):
        if begin == 0 or not _is_inner(text[begin - 1]):
            break
        begin -= 1
    for _ in range(_AROUND):
        if end == len(text) or not _is_inner(text[end]):
            break
        end += 1
    return begin, end


def _is_inner(sign: str) -> bool:
    return sign.isascii() and (sign.isalnum() or sign in "%\\.@-_")
