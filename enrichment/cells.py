"""Single values of a register's sheet: dates, tiers, grades, tags."""

import re
from datetime import UTC, date, datetime, timedelta
from unicodedata import normalize

from enrichment.addresses import NOTHING
from taishi.core.clock import ZONE
from taishi.core.records import TIER_NAMES, Addressing, Tier
from taishi.core.text import Text
from taishi.kit.spreadsheets import Cell

_TIERS: dict[str, Tier] = {
    **{word: tier for tier, name in TIER_NAMES.items() for word in (tier, name.zh, name.en.lower())},
    "线路": "access",
    "接入": "access",
    "云": "cloud",
    "云平台侧": "cloud",
    "业务": "business",
    "应用系统": "business",
    "信息系统": "business",
}
#: GB/T 22240-2020: five grades of protection.
_GRADE = re.compile(r"(?:等保)?第?([一二三四五1-5])级?(?:等保)?")
ADDRESSING_NAMES: dict[Addressing, Text] = {
    "static": Text("固定", "fixed"),
    "dhcp": Text("DHCP", "DHCP"),
    "nat": Text("NAT", "NAT"),
}
_ADDRESSING: dict[str, Addressing] = {
    **{word.lower(): way for way, name in ADDRESSING_NAMES.items() for word in (way, name.zh, name.en)},
    "静态": "static",
    "固定ip": "static",
    "自动": "dhcp",
    "动态": "dhcp",
    "自动获取": "dhcp",
    "地址转换": "nat",
}
#: A weight of nothing would take a unit out of every score, one of more than this drown the others.
MOST_WEIGHT = 100.0
_TAGS = re.compile(r"[、,;\s]+")
_UNGRADED = NOTHING | {"未定级", "未评", "不定级", "0"}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")


def read_text(cell: Cell) -> str:
    """The cell as text without blanks around it, empty where nothing is in it."""
    return "" if cell is None else str(cell).strip()


def read_tier(text: str) -> Tier | None:
    """线路接入, 云平台, 业务系统 and their short forms; None where it is none of them."""
    return _TIERS.get(normalize("NFKC", text).strip().lower())


def read_grade(text: str) -> int | None:
    """二级, 第三级, 等保三级, 2 … as 1 to 5; None where it says that there is none.

    Raises ValueError where it is neither.
    """
    plain = normalize("NFKC", text).strip().lower()
    if plain in _UNGRADED:
        return None
    match = _GRADE.fullmatch(plain)
    if not match:
        raise ValueError(text)
    return "一二三四五".find(match[1]) + 1 or int(match[1])


def read_addressing(text: str) -> Addressing | None:
    """固定, DHCP, NAT and their other words; None where it is none of them."""
    return _ADDRESSING.get(normalize("NFKC", text).strip().lower())


def read_weight(text: str) -> float:
    """A number above 0, 100 at most. Raises ValueError."""
    weight = float(normalize("NFKC", text))
    if not 0 < weight <= MOST_WEIGHT:
        raise ValueError(text)
    return weight


def read_tags(text: str) -> tuple[str, ...]:
    """Words parted by 、 , ; or blanks, each once, in order of their spelling."""
    return tuple(sorted({tag for tag in _TAGS.split(normalize("NFKC", text)) if tag}))


def read_day(cell: Cell) -> date | None:
    """The calendar day in Asia/Shanghai; None where the cell is blank. Raises ValueError."""
    moment = read_moment(cell)
    return None if moment is None else moment.astimezone(ZONE).date()


def read_moment(cell: Cell, *, end: bool = False) -> datetime | None:
    """A date or time in Asia/Shanghai where no zone is given; None where the cell is blank.

    A date alone is its first moment or, for the `end` of a span, its last day: the midnight after it.
    Raises ValueError where it is no date.
    """
    if isinstance(cell, datetime):
        whole = cell.tzinfo is None and cell == datetime.combine(cell, datetime.min.time())
        return _midnight(cell.date(), end) if whole else _zoned(cell)
    if isinstance(cell, date):
        return _midnight(cell, end)
    text = normalize("NFKC", read_text(cell))
    if text.lower() in NOTHING:
        return None
    match = _DATE.fullmatch(text)
    if match:
        year, month, day = (int(part) for part in match.groups() if part is not None)
        return _midnight(date(year, month, day), end)
    return _zoned(datetime.fromisoformat(text))


def write_moment(moment: datetime | None, *, end: bool = False) -> str | None:
    """What `read_moment` reads back: a date where the moment is a midnight, else RFC 3339."""
    if moment is None:
        return None
    local = moment.astimezone(ZONE)
    if local.time() != datetime.min.time() or local.fold:
        return local.isoformat()
    return str((local - timedelta(days=1)).date() if end else local.date())


def _midnight(day: date, end: bool) -> datetime:
    _check_year(day)
    return datetime.combine(day + timedelta(days=int(end)), datetime.min.time(), ZONE).astimezone(UTC)


def _zoned(moment: datetime) -> datetime:
    _check_year(moment)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


def _check_year(day: date) -> None:
    """Refuses slips of the pen such as 0206 and 20260."""
    if not 1980 <= day.year <= 2200:
        raise ValueError(day)
