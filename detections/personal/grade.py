"""Which grade data has: 一般, 重要 or 核心, by kind, number and what stands beside it.

After GB/T 43697-2024 (grades by what a leak would harm) and GB/T 35273-2020 annex B (what is sensitive). The
numbers are ours: neither standard gives any for a single store. 参照 only: who holds the data decides, by the
catalogue of their sector.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from detections.personal.found import ITEM_TYPES, ItemType
from taishi.core.text import Text

Grade = Literal["general", "important", "core"]
GRADES: tuple[Grade, ...] = ("general", "important", "core")
GRADE_NAMES: dict[Grade, Text] = {
    "general": Text("一般数据", "General data"),
    "important": Text("重要数据", "Important data"),
    "core": Text("核心数据", "Core data"),
}
TYPE_NAMES: dict[ItemType, Text] = {
    "id_card": Text("身份证号", "Identity cards"),
    "uscc": Text("统一社会信用代码", "Organisation codes"),
    "bank_card": Text("银行卡号", "Bank cards"),
    "mobile": Text("手机号", "Mobile numbers"),
    "officer_card": Text("军官证号", "Officer cards"),
    "passport": Text("护照号", "Passports"),
    "plate": Text("车牌号", "Number plates"),
    "email": Text("电子邮箱", "E-mail addresses"),
}
#: GB/T 35273-2020 annex B, table B.1: identity papers and accounts of property.
SENSITIVE: frozenset[ItemType] = frozenset({"id_card", "bank_card", "passport", "officer_card"})
#: Data of persons; an organisation's code is published by law.
PERSONAL: frozenset[ItemType] = SENSITIVE | {"mobile", "plate", "email"}

#: Different values from which data are important: sensitive; sensitive with names or addresses beside them;
#: of soldiers; of any person.
IMPORTANT_SENSITIVE, IMPORTANT_NAMED, IMPORTANT_OFFICERS, IMPORTANT_ANY = 100, 20, 10, 10_000
#: The same for core.
CORE_SENSITIVE, CORE_OFFICERS, CORE_ANY = 100_000, 1_000, 1_000_000
#: Names or addresses beside at least this share of the sensitive values.
_NAMED_SHARE = 0.2
BASIS = Text("参照 GB/T 43697-2024、GB/T 35273-2020", "After GB/T 43697-2024 and GB/T 35273-2020")


@dataclass(frozen=True)
class Graded:
    grade: Grade
    why: Text


def graded(values: Mapping[ItemType, int], names: int = 0, addresses: int = 0) -> Graded:
    """`values`: how many different ones of each kind; `names` and `addresses`: how many stand beside them."""
    sensitive = sum(values.get(kind, 0) for kind in SENSITIVE)
    anybody = sum(values.get(kind, 0) for kind in PERSONAL)
    officers = values.get("officer_card", 0)
    named = names + addresses > 0 and names + addresses >= _NAMED_SHARE * sensitive
    told = _told(values, sensitive, names, addresses)
    for grade, reason in _steps(sensitive, anybody, officers, named):
        return Graded(
            grade, Text(f"{told.zh}；{reason.zh}。{BASIS.zh}", f"{told.en}; {reason.en}. {BASIS.en}")
        )
    return Graded("general", Text(f"{told.zh}。{BASIS.zh}", f"{told.en}. {BASIS.en}"))


def _steps(sensitive: int, anybody: int, officers: int, named: bool) -> list[tuple[Grade, Text]]:
    """The reasons that hold, gravest first."""
    bars: list[tuple[bool, Grade, Text]] = [
        (officers >= CORE_OFFICERS, "core", _reached("军人证件", "soldiers' papers", CORE_OFFICERS)),
        (sensitive >= CORE_SENSITIVE, "core", _reached("敏感个人信息", "sensitive values", CORE_SENSITIVE)),
        (anybody >= CORE_ANY, "core", _reached("个人信息", "values of persons", CORE_ANY)),
        (officers >= IMPORTANT_OFFICERS, "important",
         _reached("军人证件", "soldiers' papers", IMPORTANT_OFFICERS)),
        (sensitive >= IMPORTANT_SENSITIVE, "important",
         _reached("敏感个人信息", "sensitive values", IMPORTANT_SENSITIVE)),
        (
            named and sensitive >= IMPORTANT_NAMED, "important",
            _reached("可对应到人的敏感个人信息", "sensitive values beside names", IMPORTANT_NAMED),
        ),
        (anybody >= IMPORTANT_ANY, "important", _reached("个人信息", "values of persons", IMPORTANT_ANY)),
    ]  # fmt: skip
    return [(grade, reason) for holds, grade, reason in bars if holds]


def _reached(zh: str, en: str, bar: int) -> Text:
    return Text(f"{zh}达到 {bar:,} 项", f"{en}: {bar:,} or more")


def _told(values: Mapping[ItemType, int], sensitive: int, names: int, addresses: int) -> Text:
    kinds = [kind for kind in ITEM_TYPES if values.get(kind)]
    if not kinds:
        beside = names + addresses
        return Text(
            f"未发现证件、账号或号码{f'；姓名、住址 {beside} 处' if beside else ''}",
            f"no papers, accounts or numbers found{f'; names and addresses: {beside}' if beside else ''}",
        )
    zh = "、".join(f"{TYPE_NAMES[kind].zh} {values[kind]}" for kind in kinds)
    en = ", ".join(f"{TYPE_NAMES[kind].en.lower()} {values[kind]}" for kind in kinds)
    beside_zh = f"，姓名 {names} 处、住址 {addresses} 处" if names or addresses else ""
    beside_en = f", names {names}, addresses {addresses}" if names or addresses else ""
    return Text(
        f"去重后{zh}（其中敏感个人信息 {sensitive}）{beside_zh}",
        f"different values: {en} (sensitive {sensitive}){beside_en}",
    )
