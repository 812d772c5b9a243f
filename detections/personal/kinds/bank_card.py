"""Bank cards (ISO/IEC 7812): Luhn passes one random number in ten, so the issuer's beginning and what stands
around decide. UnionPay's 62 has 16 to 19 digits; other schemes have 15 or 16 and need a word beside them."""

import re
from collections.abc import Iterator

from detections.personal.found import Found, ItemType, found
from detections.personal.page import Page

_FORM = re.compile(
    r"(?<![0-9A-Za-z.])[3-69][0-9]{3}(?:[ -]?[0-9]{4}){2,3}[ -]?[0-9]{0,4}(?![0-9A-Za-z])(?!\.[0-9])"
)
#: Beginnings and lengths: UnionPay; older cards of Chinese banks; Visa; Mastercard; JCB; American Express.
_UNIONPAY = re.compile(r"62[0-9]{14,17}|81[0-9]{14,17}")
_CHINESE = re.compile(r"9558[0-9]{15}|60[0-9]{14,17}|(?:9111|9400|6858|690755|685800|621|620)[0-9]{10,13}")
_FOREIGN = re.compile(
    r"4[0-9]{15}|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}|35[2-8][0-9]{13}|3[47][0-9]{13}"
)
_UNIT = re.compile(r"\s?(?:条|元|字节|次|个|件|人|吨|米|秒|毫秒|万|亿|%|bytes?\b|ms\b|ns\b)", re.IGNORECASE)


class BankCard:
    type: ItemType = "bank_card"

    def find(self, page: Page) -> Iterator[Found]:
        for one in _FORM.finditer(page.text):
            written = one[0].rstrip(" -")
            value = re.sub("[ -]", "", written)
            if 15 <= len(value) <= 19 and is_luhn(value) and not page.follows(one.end(), _UNIT):
                yield from _judged(page, one.start(), written, value)


def _judged(page: Page, start: int, written: str, value: str) -> Iterator[Found]:
    label, end = page.label(start), start + len(written)
    issuer = _issuer(value)
    if not issuer or label.against("bank_card"):
        return
    reasons = ["Luhn 校验相符", issuer]
    if label.says("bank_card"):
        yield found("bank_card", start, end, value, 0.97, *reasons, "前文或列名为银行卡")
    elif page.beside_a_name(start, end) and issuer != "境外卡组织号段":
        yield found("bank_card", start, end, value, 0.85, *reasons, "与姓名相邻")
    elif page.before(start) not in ("/", "_", "#", "-") and _in_fours(written):
        yield found("bank_card", start, end, value, 0.75, *reasons, "四位一组书写")
    elif issuer == "银联号段" and len(value) in (16, 19) and page.before(start) not in ("/", "_", "#", "-"):
        yield found("bank_card", start, end, value, 0.65, *reasons)


def _issuer(value: str) -> str:
    if _UNIONPAY.fullmatch(value):
        return "银联号段"
    if _CHINESE.fullmatch(value):
        return "境内发卡行号段"
    return "境外卡组织号段" if _FOREIGN.fullmatch(value) else ""


def _in_fours(written: str) -> bool:
    groups = re.split("[ -]", written)
    return len(groups) >= 4 and all(len(group) == 4 for group in groups[:4])


def is_luhn(value: str) -> bool:
    """The check of ISO/IEC 7812-1, annex B."""
    digits = [int(digit) for digit in reversed(value)]
    doubled = sum(digit * 2 - 9 * (digit > 4) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


KIND = BankCard()
