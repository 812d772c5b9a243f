"""Rows of a register's sheet become units and assets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from enrichment.addresses import NOTHING, NotAPlace, Place, domains, places
from enrichment.cells import read_grade, read_moment, read_text, read_tier
from enrichment.complaints import Cellmark, Complaints
from enrichment.headings import Column, Heading
from taishi.core.ids import stable_id
from taishi.core.records import Asset, Tier, Unit
from taishi.kit.spreadsheets import Cell, Table

#: A sheet with one of these says something of assets.
ASSET_COLUMNS: frozenset[Column] = frozenset(("address", "domain", "host", "name", "system"))
_DETAILS: tuple[Column, ...] = ("district", "contact", "phone", "email")


def unit_id(name: str) -> str:
    """The id of the unit of that name."""
    return stable_id("unit", name)


def asset_id(unit: str, value: str, name: str, valid_from: datetime | None) -> str:
    """The id of an asset: whose (a unit's id), where, what, since when."""
    return stable_id("asset", unit, value, name, valid_from.isoformat() if valid_from else "")


@dataclass(frozen=True)
class _Row:
    """One row under its heading."""

    sheet: str
    number: int
    cells: Sequence[Cell]
    heading: Heading

    def cell(self, column: Column) -> Cell:
        index = self.heading.columns.get(column, len(self.cells))
        return self.cells[index] if index < len(self.cells) else None

    def text(self, column: Column) -> str:
        """The cell's text, empty where it says that there is nothing."""
        text = read_text(self.cell(column))
        return "" if text.lower() in NOTHING else text

    def at(self, column: Column | None = None) -> Cellmark:
        return Cellmark(self.sheet, self.number, self.heading.columns.get(column) if column else None)


class Rows:
    """Gathers units and assets from the sheets of one file; what is wrong goes to `complaints`.

    `closed`: there is a sheet of units, so an asset of any other unit is a slip of the pen.
    """

    def __init__(self, complaints: Complaints, *, closed: bool) -> None:
        self._complaints = complaints
        self._closed = closed
        self._units: dict[str, Unit] = {}
        self._assets: dict[str, tuple[Asset, Cellmark]] = {}
        self._holders: dict[tuple[str, datetime | None], tuple[str, Cellmark]] = {}

    def units(self) -> tuple[Unit, ...]:
        return tuple(self._units.values())

    def assets(self) -> tuple[Asset, ...]:
        return tuple(asset for asset, _ in self._assets.values())

    def read(self, table: Table, heading: Heading) -> None:
        unit_sheet = not ASSET_COLUMNS & heading.columns.keys()
        if heading.unread:
            columns = "、".join(heading.unread)
            self._complaints.remark(
                Cellmark(table.name, heading.row), f"这些列没有读: {columns}", f"columns not read: {columns}"
            )
        for number, cells in enumerate(table.rows[heading.row + 1 :], start=heading.row + 1):
            if any(map(read_text, cells)):
                row = _Row(table.name, number, cells, heading)
                unit = self._unit(row, may_add=unit_sheet or not self._closed)
                if unit is not None and not unit_sheet:
                    self._read_assets(row, unit)

    def _unit(self, row: _Row, *, may_add: bool) -> Unit | None:
        name = row.text("unit")
        if not name:
            self._complaints.error(row.at("unit"), "没有写单位名称", "the unit's name is missing")
            return None
        if not may_add and unit_id(name) not in self._units:
            self._complaints.error(
                row.at("unit"), f"'{name}' 不在单位表里", f"'{name}' is not on the sheet of units"
            )
            return None
        return self._merge_unit(row, name)

    def _merge_unit(self, row: _Row, name: str) -> Unit:
        """Adds what the row says of the unit to what was said above; the first word stands."""
        unit = self._units.get(unit_id(name)) or Unit(unit_id(name), name)
        parent = row.text("parent")
        said = {str(column): row.text(column) for column in _DETAILS}
        if parent and parent != name:
            self._units.setdefault(unit_id(parent), Unit(unit_id(parent), parent))
            said["parent"] = unit_id(parent)
        known: dict[str, str | None] = {key: getattr(unit, key) for key in said}
        for column in (*_DETAILS, "parent"):
            if known.get(column) and said.get(column) and known[column] != said[column]:
                self._remark_difference(row, column)
        unit = msgspec.structs.replace(unit, **{k: v for k, v in said.items() if v and not known[k]})
        self._units[unit.id] = unit
        return unit

    def _remark_difference(self, row: _Row, column: Column) -> None:
        text = row.text(column)
        self._complaints.remark(
            row.at(column), f"'{text}' 与前面写的不同,用前面的", f"'{text}' differs from above, which stands"
        )

    def _read_assets(self, row: _Row, unit: Unit) -> None:
        tier, grade = self._tier(row), self._grade(row)
        since, until = self._moment(row, "valid_from"), self._moment(row, "valid_to")
        if since and until and until <= since:
            self._complaints.error(row.at("valid_to"), "停用不晚于启用", "ends no later than it begins")
        system = row.text("system") or None
        for place, mark in self._places(row):
            name = row.text("name") or system or place.value
            key = asset_id(unit.id, place.value, name, since)
            asset = Asset(key, unit.id, place.kind, place.value, name, tier, grade, system, since, until)
            self._add(asset, mark)

    def _places(self, row: _Row) -> Iterator[tuple[Place, Cellmark]]:
        found = [(place, row.at("address")) for place in places(read_text(row.cell("address")))]
        found += [(place, row.at("domain")) for place in domains(read_text(row.cell("domain")))]
        if host := row.text("host"):
            found.append((Place("system", host), row.at("host")))
        elif not found and (name := row.text("name") or row.text("system")):
            found.append((Place("system", name), row.at("name" if row.text("name") else "system")))
        for place, mark in found:
            if isinstance(place, NotAPlace):
                self._complaints.error(
                    mark, f"'{place.token}' {place.why.zh}", f"'{place.token}' {place.why.en}"
                )
            else:
                yield place, mark

    def _add(self, asset: Asset, mark: Cellmark) -> None:
        known, above = self._assets.setdefault(asset.id, (asset, mark))
        holder, held = self._holders.setdefault((asset.value, asset.valid_from), (asset.unit, mark))
        if asset.kind != "system" and holder != asset.unit:
            other = self._units[holder].name
            self._complaints.error(
                mark,
                f"'{asset.value}' 已属于 {other} ({held.text.zh});若已移交请写启用日期",
                f"'{asset.value}' is {other}'s already ({held.text.en}); give a start date if it moved",
            )
        elif known != asset:
            self._complaints.error(
                mark,
                f"'{asset.value}' 与{above.text.zh}是同一资产而写法不同",
                f"'{asset.value}' is the asset of {above.text.en} but says otherwise",
            )
        elif above != mark:
            self._complaints.remark(
                mark, f"'{asset.value}' 与{above.text.zh}重复", f"'{asset.value}' repeats {above.text.en}"
            )

    def _tier(self, row: _Row) -> Tier:
        text = row.text("tier")
        tier = read_tier(text) if text else "business"
        if tier is None:
            self._complaints.error(
                row.at("tier"),
                f"'{text}' 不是层级,请写 线路接入、云平台 或 业务系统",
                f"'{text}' is no tier; write 线路接入, 云平台 or 业务系统",
            )
        return tier or "business"

    def _grade(self, row: _Row) -> int | None:
        text = row.text("grade")
        try:
            return read_grade(text)
        except ValueError:
            self._complaints.error(
                row.at("grade"),
                f"'{text}' 不是等保级别,请写 一级 到 五级",
                f"'{text}' is no grade; write 1 to 5",
            )
            return None

    def _moment(self, row: _Row, column: Column) -> datetime | None:
        try:
            return read_moment(row.cell(column), end=column == "valid_to")
        except (ValueError, OverflowError):
            text = row.text(column)
            self._complaints.error(
                row.at(column),
                f"'{text}' 不是日期,请写成 2026-05-01 的样子",
                f"'{text}' is no date like 2026-05-01",
            )
            return None
