"""Passports: of the PRC (E, G, D, S, P and two-letter series since 2012) and foreign ones of the usual form.
Nothing in the number checks it, so a word or a column that says passport is needed."""

import re
from collections.abc import Iterator

from detections.personal.found import Found, ItemType, found
from detections.personal.page import Page

_FORM = re.compile(
    r"(?<![0-9A-Za-z])(?:[EGDSPKHMegdspkhm][A-Za-z]?[ -]?[0-9]{7,8}|[A-Za-z]{0,2}[0-9]{7,9})(?![0-9A-Za-z])"
)
_CHINESE = re.compile(
    r"(?:[EG][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[DSP](?:E?[0-9]{7})|[SD]E[0-9]{7}|[KHM][0-9]{8})"
)


class Passport:
    type: ItemType = "passport"

    def find(self, page: Page) -> Iterator[Found]:
        for one in _FORM.finditer(page.text) if page.mentions(self.type) else ():
            label = page.label(one.start())
            if not label.says("passport"):
                continue
            value = re.sub("[ -]", "", one[0]).upper()
            if _CHINESE.fullmatch(value):
                yield found("passport", *one.span(), value, 0.95, "中国护照号形式", "前文或列名为护照")
            elif len(value) >= 8 and not label.inherited:
                yield found("passport", *one.span(), value, 0.75, "护照号形式", "前文或列名为护照")


KIND = Passport()
