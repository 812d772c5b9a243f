"""Rows of a register's sheet become units and assets; a row with anything wrong in it gives nothing."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from enrichment.asset_rows import asset_id, read_assets, said_of_assets
from enrichment.cells import read_text
from enrichment.complaints import Cellmark, Complaints
from enrichment.headings import Column, Heading
from enrichment.row import Row
from enrichment.unit_rows import read_unit, unit_id
from taishi.core.records import Asset, Unit
from taishi.core.text import Text
from taishi.kit.spreadsheets import Table

__all__ = ["ASSET_COLUMNS", "Rows", "asset_id", "unit_id"]

#: A sheet with one of these says something of assets.
ASSET_COLUMNS: frozenset[Column] = frozenset(("address", "domain", "url", "host", "name", "system"))


class Rows:
    """Gathers units and assets from the sheets of one file; what is wrong goes to `complaints`.

    `closed`: there is a sheet of units, so an asset of any other unit is a slip of the pen.
    `owner`: the unit of rows that name none.
    """

    def __init__(self, complaints: Complaints, *, closed: bool, owner: str | None = None) -> None:
        self._complaints = complaints
        self._closed = closed
        self._owner = owner
        self._units: dict[str, Unit] = {}
        self._assets: dict[str, tuple[Asset, Cellmark]] = {}
        self._holders: dict[tuple[str, datetime | None], tuple[str, Cellmark]] = {}
        self._said: dict[str, frozenset[str]] = {}

    def units(self) -> tuple[Unit, ...]:
        return tuple(self._units.values())

    def assets(self) -> tuple[Asset, ...]:
        return tuple(asset for asset, _ in self._assets.values())

    def said(self) -> Mapping[str, frozenset[str]]:
        """By the id of a unit or asset the fields that the file says something of."""
        return dict(self._said)

    def places(self) -> Mapping[str, Text]:
        """By the id of an asset where it stands in the file."""
        return {asset.id: mark.text for asset, mark in self._assets.values()}

    def read(self, table: Table, heading: Heading) -> None:
        unit_sheet = not ASSET_COLUMNS & heading.columns.keys()
        if heading.unread:
            columns = "、".join(heading.unread)
            self._complaints.remark(
                Cellmark(table.name, heading.row), f"这些列没有读: {columns}", f"columns not read: {columns}"
            )
        for number, cells in enumerate(table.rows[heading.row + 1 :], start=heading.row + 1):
            if any(map(read_text, cells)):
                self._read_row(Row(table.name, number, cells, heading, self._complaints), unit_sheet)

    def _read_row(self, row: Row, unit_sheet: bool) -> None:
        before = len(self._complaints.errors)
        name = row.text("unit") or self._owner
        if not name:
            row.error("unit", "没有写单位名称", "the unit's name is missing")
            return
        if self._closed and not unit_sheet and unit_id(name) not in self._units:
            row.error("unit", f"'{name}' 不在单位表里", f"'{name}' is not on the sheet of units")
            return
        unit, said = read_unit(row, name, own_tier=unit_sheet)
        assets = [] if unit_sheet else list(read_assets(row, unit.id))
        if len(self._complaints.errors) == before:
            self._merge(row, unit, said)
            for asset, mark in assets:
                self._add(asset, mark, said_of_assets(row))

    def _merge(self, row: Row, unit: Unit, said: frozenset[str]) -> None:
        """Adds what the row says of the unit to what was said above; the first word stands."""
        known = self._units.setdefault(unit.id, Unit(unit.id, unit.name))
        if unit.parent:
            name = row.text("parent")
            self._units.setdefault(unit.parent, Unit(unit.parent, name))
        above = self._said.get(unit.id, frozenset())
        for field in sorted(said & above):
            if getattr(known, field) != getattr(unit, field) and getattr(unit, field):
                self._remark_difference(row, field)
        fresh = {field: getattr(unit, field) for field in said - above}
        self._units[unit.id] = msgspec.structs.replace(known, **fresh)
        self._said[unit.id] = above | said

    def _remark_difference(self, row: Row, field: str) -> None:
        column: Column = "contact2" if field == "others" else field  # type: ignore[assignment]  # one of them
        text = row.text(column)
        self._complaints.remark(
            row.at(column), f"'{text}' 与前面写的不同,用前面的", f"'{text}' differs from above, which stands"
        )

    def _add(self, asset: Asset, mark: Cellmark, said: frozenset[str]) -> None:
        known, above = self._assets.get(asset.id, (asset, mark))
        holder, held = self._holders.setdefault((asset.value, asset.valid_from), (asset.unit, mark))
        if asset.kind not in ("system", "url") and holder != asset.unit:
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
        else:
            self._assets[asset.id] = asset, mark
            self._said[asset.id] = said
