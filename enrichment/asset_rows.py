"""What one row says of assets."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TypeVar

import msgspec

from enrichment.addresses import NotAPlace, Place, domains, places, urls
from enrichment.cells import (
    read_addressing,
    read_day,
    read_grade,
    read_moment,
    read_tags,
    read_text,
    read_tier,
)
from enrichment.complaints import Cellmark
from enrichment.headings import Column
from enrichment.row import Row
from taishi.core.ids import stable_id
from taishi.core.records import Addressing, Asset, Tier

_SAME: tuple[Column, ...] = (
    "tier", "grade", "system", "valid_from", "valid_to", "filing", "assessed", "tags", "vendor",
    "addressing", "note", "user", "name",
)  # fmt: skip
T = TypeVar("T")


def asset_id(unit: str, value: str, name: str, valid_from: datetime | None) -> str:
    """The id of an asset: whose (a unit's id), where, what, since when."""
    return stable_id("asset", unit, value, name, valid_from.isoformat() if valid_from else "")


def said_of_assets(row: Row) -> frozenset[str]:
    """The fields of an asset that the row says something of."""
    said = {str(column) for column in _SAME if row.says(column)}
    return frozenset(said | ({"phone"} if row.says("user_phone") else set()))


def read_assets(row: Row, unit: str) -> Iterator[tuple[Asset, Cellmark]]:
    """Every asset the row names, of the unit with that id; wrong cells are complained of."""
    about = _about(row, unit)
    for place, mark in _places(row):
        name = row.text("name") or about.system or place.value
        key = asset_id(unit, place.value, name, about.valid_from)
        yield msgspec.structs.replace(about, id=key, kind=place.kind, value=place.value, name=name), mark


def _about(row: Row, unit: str) -> Asset:
    """What all assets of the row have in common."""
    tier, grade = _tier(row), _grade(row)
    since, until = _moment(row, "valid_from"), _moment(row, "valid_to")
    if since and until and until <= since:
        row.error("valid_to", "停用不晚于启用", "ends no later than it begins")
    return Asset(
        "", unit, "address", "", "", tier, grade, row.text("system") or None, since, until,
        filing=row.text("filing") or None,
        assessed=_day(row),
        tags=read_tags(row.text("tags")),
        vendor=row.text("vendor") or None,
        addressing=_addressing(row),
        note=row.text("note") or None,
        user=row.text("user") or None,
        phone=row.text("user_phone") or None,
    )  # fmt: skip


def _places(row: Row) -> Iterator[tuple[Place, Cellmark]]:
    found = [(place, row.at("address")) for place in places(read_text(row.cell("address")))]
    found += [(place, row.at("domain")) for place in domains(read_text(row.cell("domain")))]
    found += [(place, row.at("url")) for place in urls(read_text(row.cell("url")))]
    if host := row.text("host"):
        found.append((Place("system", host), row.at("host")))
    elif not found and (name := row.text("name") or row.text("system")):
        found.append((Place("system", name), row.at("name" if row.text("name") else "system")))
    for place, mark in found:
        if isinstance(place, NotAPlace):
            row.complaints.error(mark, f"'{place.token}' {place.why.zh}", f"'{place.token}' {place.why.en}")
        else:
            yield place, mark


def _tier(row: Row) -> Tier:
    text = row.text("tier")
    tier = read_tier(text) if text else "business"
    if tier is None:
        row.error(
            "tier",
            f"'{text}' 不是层级,请写 线路接入、云平台 或 业务系统",
            f"'{text}' is no tier; write 线路接入, 云平台 or 业务系统",
        )
    return tier or "business"


def _addressing(row: Row) -> Addressing:
    text = row.text("addressing")
    way = read_addressing(text) if text else "static"
    if way is None:
        row.error(
            "addressing",
            f"'{text}' 不是地址方式,请写 固定、DHCP 或 NAT",
            f"'{text}' is no way of addressing; write 固定, DHCP or NAT",
        )
    return way or "static"


def _grade(row: Row) -> int | None:
    text = row.text("grade")
    try:
        return read_grade(text)
    except ValueError:
        row.error("grade", f"'{text}' 不是等保级别,请写 一级 到 五级", f"'{text}' is no grade; write 1 to 5")
        return None


def _moment(row: Row, column: Column) -> datetime | None:
    return _dated(row, column, lambda: read_moment(row.cell(column), end=column == "valid_to"))


def _day(row: Row) -> date | None:
    return _dated(row, "assessed", lambda: read_day(row.cell("assessed")))


def _dated(row: Row, column: Column, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (ValueError, OverflowError):
        text = row.text(column)
        row.error(
            column,
            f"'{text}' 不是日期,请写成 2026-05-01 的样子",
            f"'{text}' is no date like 2026-05-01",
        )
        return None
