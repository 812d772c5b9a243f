"""居民身份证 and foreigners' residence cards (GB 11643-1999): 18 digits with date and check sign; and the old
15 digits, which have no check and so need a word that says what they are."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from stdnum import numdb

from detections.personal.found import Found, ItemType, found
from detections.personal.page import Page
from taishi.core.clock import ZONE, SystemClock

#: Provinces of GB/T 2260; 91 is for people born abroad.
PROVINCES = frozenset(
    map(str, (*range(11, 16), 21, 22, 23, *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71))
) | {"81", "82", "83", "91"}
#: Weights of ISO 7064 MOD 11-2, and the check signs by remainder.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

#: The first digit first: the engine can leap to it. 学籍号 is the number behind a G or an L.
_NEW = re.compile(
    r"[1-9](?:(?<![0-9A-Za-z].)(?<![0-9]\..)|(?<=[\u4e00-\u9fff:=\"' ][GL].))"
    r"(?=((?:[ -]?[0-9]){16}[ -]?[0-9Xx×✕хХ](?![0-9A-Za-z])))"
)
_OLD = re.compile(
    r"(?<![0-9A-Za-z.])[1-8][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}(?![0-9A-Za-z])"
)
#: How people cut the number with spaces or dashes.
_GROUPS = frozenset(
    {
        (6, 8, 4),
        (6, 4, 4, 4),
        (6, 4, 2, 2, 4),
        (4, 4, 4, 6),
        (6, 6, 6),
        (3, 3, 4, 4, 4),
        (4, 4, 4, 4, 2),
        (17, 1),
    }
)
_EARLIEST = 1880


class IdCard:
    type: ItemType = "id_card"

    def find(self, page: Page) -> Iterator[Found]:
        for one in _NEW.finditer(page.text):
            yield from _new(page, one.start(), one[0] + one[1])
        for one in _OLD.finditer(page.text):
            yield from _old(page, one.start(), one[0])


def _new(page: Page, start: int, written: str) -> Iterator[Found]:
    value = re.sub("[ -]", "", written)
    value = value[:17] + ("X" if not value[17].isdigit() else value[17])
    if not is_id_card(value):
        return
    label, cut = page.label(start), written != value and len(written) > 18
    if cut and not label.says("id_card") and tuple(map(len, re.split("[ -]", written))) not in _GROUPS:
        return
    reasons = ["校验码相符", "出生日期有效"]
    sure = 0.95 if value[0] != "9" else 0.9
    if county(value):
        reasons.append("行政区划可查")
        sure += 0.02
    if label.says("id_card"):
        reasons.append("前文或列名为身份证")
        sure += 0.02
    elif label.of == "number":
        reasons.append("前文称为其他编号")
        sure -= 0.15
    yield found("id_card", start, start + len(written), value, sure, *reasons)


def _old(page: Page, start: int, value: str) -> Iterator[Found]:
    if value[:2] in PROVINCES and _is_date(f"19{value[6:12]}") and page.label(start).says("id_card"):
        yield found(
            "id_card", start, start + 15, value, 0.85, "15位旧号", "出生日期有效", "前文或列名为身份证"
        )


def is_id_card(value: str) -> bool:
    """Whether 18 signs are a number as GB 11643 makes them. Of cards for foreigners (since 2023: 9, province,
    country, date) the same check sign holds."""
    place = value[1:3] if value[0] == "9" and value[:2] != "91" else value[:2]
    return place in PROVINCES and value[17] == check_sign(value) and _is_date(value[6:14])


def check_sign(value: str) -> str:
    """The 18th sign after the first 17."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(value, _WEIGHTS, strict=False)) % 11]


def _is_date(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    # Nobody is born tomorrow.
    return date(_EARLIEST, 1, 1) <= born <= SystemClock().now().astimezone(ZONE).date()


@lru_cache(maxsize=4096)
def _county(place: str) -> str:
    known = {name: value for _, about in numdb.get("cn/loc").info(place) for name, value in about.items()}
    return known.get("county", "")


def county(value: str) -> str:
    """The county of the first six digits, empty where the table (python-stdnum) has none: many valid numbers
    have codes that were given up long ago, so this is a hint and no more."""
    try:
        return _county(value[:6])
    except (KeyError, ValueError):
        return ""


KIND = IdCard()
