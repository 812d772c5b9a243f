"""Number plates (GA 36-2018): province, authority, five signs; new energy six; 警 学 挂 港 澳 领 超 last, 使
first. Several provinces' signs are everyday characters, so what stands before is looked at."""

import re
from collections.abc import Iterator

from detections.personal.found import Found, ItemType, found
from detections.personal.page import Page

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SIGN = "[A-HJ-NP-Z0-9]"
_FORM = re.compile(
    rf"(?P<place>[{_PROVINCES}])(?P<cut>[A-Z][·•・‧.\s-]?)"
    rf"(?:(?P<new>[A-HJK]{_SIGN}[0-9]{{4}}|[0-9]{{5}}[A-HJK])|(?P<tail>{_SIGN}{{4}}[警学挂港澳领超])|(?P<five>{_SIGN}{{5}}))"
    rf"(?![0-9A-Za-z])|(?P<embassy>(?<![\u4e00-\u9fff])使[0-9]{{6}}(?![0-9A-Za-z])|[{_PROVINCES}][A-HJ-NP-Z]?[0-9]{{5}}使)"
)
#: Signs that end words such as 创新 or 政务云, or begin names of places that are no plates.
_EVERYDAY = frozenset("新云青宁贵黑川甘吉桂")
#: What may stand directly before a plate that no word announces.
_LEADS = re.compile(r"(?:[^\u4e00-\u9fff]|[为是号牌车辆的驶有及和与挂由乘将对该台])$")


class Plate:
    type: ItemType = "plate"

    def find(self, page: Page) -> Iterator[Found]:
        for one in _FORM.finditer(page.text):
            sure, reason = _weighed(page, one)
            if sure:
                value = re.sub(r"[·•・‧.\s-]", "", one[0])
                yield found("plate", *one.span(), value, sure, "号牌形式", reason)


def _weighed(page: Page, one: re.Match[str]) -> tuple[float, str]:
    label = page.label(one.start())
    if label.says("plate"):
        return 0.97, "前文或列名为车牌"
    if one["embassy"] or one[0][1] in "IO":
        return 0, ""
    digits = sum(sign.isdigit() for sign in one[0])
    if digits < 2 or label.of == "number" or label.against("plate"):
        return 0, ""
    led = _LEADS.search(page.before(one.start())) or not page.before(one.start())
    if one["tail"] or one["new"] or "·" in one[0] or "•" in one[0]:
        return (0.85, "专用或新能源号牌") if led or one["place"] not in _EVERYDAY else (0, "")
    return (0.75, "独立书写") if led else (0, "")


KIND = Plate()
