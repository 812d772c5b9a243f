"""统一社会信用代码 (GB 32100-2015): 18 signs, check sign modulo 31; inside it the organisation's own code
(GB 11714, modulo 11). All-digit numbers pass the first check one time in thirty, so they need more."""

import re
from collections.abc import Iterator

from detections.personal.found import Found, ItemType, found
from detections.personal.kinds.id_card import PROVINCES
from detections.personal.page import Page

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {sign: place for place, sign in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, n, 31) for n in range(17))
_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_FORM = re.compile(
    r"(?<![0-9A-Za-z])[1-9ANYany][1-59][ -]?[0-9]{6}[ -]?[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{9}"
    r"[ -]?[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy](?![0-9A-Za-z])"
)


class Uscc:
    type: ItemType = "uscc"

    def find(self, page: Page) -> Iterator[Found]:
        for one in _FORM.finditer(page.text):
            value = re.sub("[ -]", "", one[0]).upper()
            if len(value) == 18 and is_uscc(value):
                yield from _judged(page, one, value)


def _judged(page: Page, one: re.Match[str], value: str) -> Iterator[Found]:
    label, place, own = page.label(one.start()), value[2:4] in PROVINCES | {"10"}, _has_own_check(value)
    reasons = ["校验码相符"]
    if label.says("uscc"):
        yield found("uscc", *one.span(), value, 0.99 if own else 0.95, *reasons, "前文或列名为信用代码")
        return
    lettered = not value.isdigit() and one[0].upper() == one[0]
    if not place or label.of == "number" or (not lettered and (label.against("uscc") or not own)):
        return
    reasons.append("登记地区划有效")
    if own:
        reasons.append("主体标识码校验相符")
    yield found("uscc", *one.span(), value, 0.6 + 0.2 * lettered + 0.1 * own, *reasons)


def is_uscc(value: str) -> bool:
    """Whether the last of 18 signs is the check sign of the others."""
    return value[17] == check_sign(value)


def check_sign(value: str) -> str:
    """The 18th sign after the first 17."""
    return ALPHABET[-sum(_VALUES[sign] * weight for sign, weight in zip(value, _WEIGHTS, strict=False)) % 31]


def _has_own_check(value: str) -> bool:
    """Whether the ninth sign of the organisation's code is right (GB 11714)."""
    total = sum(_DIGITS.index(sign) * weight for sign, weight in zip(value[8:16], _ORGANISATION, strict=True))
    return value[16] == "0X987654321"[total % 11]


KIND = Uscc()
