"""军官证 and its like: 军字第2001988号, 士字第P011816号. Numbers of documents look alike (政字第…号), so
the signs that offices use too need a word that says what they are."""

import re
from collections.abc import Iterator

from detections.personal.found import Found, ItemType, found
from detections.personal.page import Page

_FORM = re.compile(r"(?P<arm>[\u4e00-\u9fff])字(?:第|\s)?\s?(?P<number>[0-9A-Z]{4,8})(?![0-9A-Za-z])\s?号?")
_BARE = re.compile(r"(?<![0-9A-Za-z])[0-9]{7,8}(?![0-9A-Za-z])")
#: The army's own signs; the others stand for regions and services, and for offices.
_PLAIN = frozenset("军兵士")
_ARMS = frozenset("军兵士文职武警广沈济兰北南空海成后政参装东西中火战特")


class OfficerCard:
    type: ItemType = "officer_card"

    def find(self, page: Page) -> Iterator[Found]:
        for one in _FORM.finditer(page.text) if "字" in page.text else ():
            said = page.label(one.start()).says("officer_card")
            digits = sum(sign.isdigit() for sign in one["number"])
            if one["arm"] not in _ARMS or digits < 4 or not (said or (one["arm"] in _PLAIN and digits >= 6)):
                continue
            reasons = ["证件编号形式", *(["前文或列名为军官证"] if said else [])]
            yield found(
                "officer_card", *one.span(), re.sub(r"\s", "", one[0]), 0.97 if said else 0.85, *reasons
            )
        for one in _BARE.finditer(page.text) if page.mentions(self.type) else ():
            label = page.label(one.start())
            if (
                label.says("officer_card")
                and not label.inherited
                and page.before(one.start()) not in ("第", "字")
            ):
                yield found("officer_card", *one.span(), one[0], 0.7, "前文或列名为军官证")


KIND = OfficerCard()
