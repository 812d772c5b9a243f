"""The register as a sheet: units and assets from XLSX or CSV, and back into XLSX."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from enrichment.cells import write_moment
from enrichment.complaints import Complaints
from enrichment.headings import WORDS, Column, Heading, find_heading
from enrichment.rows import ASSET_COLUMNS, Rows
from taishi.core.problems import Problem
from taishi.core.records import TIER_NAMES, Asset, Unit
from taishi.core.text import Text
from taishi.kit.spreadsheets import Cell, Table, read_tables, write_tables

_UNIT_HEAD: tuple[Column, ...] = ("unit", "parent", "district", "contact", "phone", "email")
_ASSET_HEAD: tuple[Column, ...] = (
    "unit", "name", "address", "domain", "host", "system", "tier", "grade", "valid_from", "valid_to",
)  # fmt: skip


@dataclass(frozen=True)
class RegisterSheet:
    """What a file says: units, assets (`Asset.unit` is a unit's id), and what its owner should know."""

    units: tuple[Unit, ...]
    assets: tuple[Asset, ...]
    remarks: tuple[Text, ...] = ()


def read_register(path: Path) -> RegisterSheet:
    """Reads a workbook with one combined sheet or with sheets for units and for assets, or a CSV file.

    Which column is what is known by its head (`enrichment.headings`), above which a title may stand.
    Ids are made from names and values, so the same sheet read again gives the same records. Raises
    Problem: one line for a file that is no such sheet, else every wrong cell.
    """
    complaints = Complaints()
    sheets = _recognised(path, read_tables(path), complaints)
    rows = Rows(complaints, closed=any(_is_unit_sheet(heading) for _, heading in sheets))
    # Units first: an asset may only name one of them.
    for table, heading in sorted(sheets, key=lambda sheet: not _is_unit_sheet(sheet[1])):
        rows.read(table, heading)
    complaints.raise_any(path)
    units, assets = rows.units(), rows.assets()
    if not units:
        raise Problem(f"{path}: 只有表头没有内容 / nothing stands below the head; fill in the sheet")
    return RegisterSheet(units, assets, tuple(complaints.remarks))


def write_register(units: Iterable[Unit], assets: Iterable[Asset], path: Path) -> None:
    """Writes an XLSX workbook of two sheets, 单位 and 资产, that `read_register` reads back."""
    listed = tuple(units)
    names = {unit.id: unit.name for unit in listed}
    unit_rows = tuple(_unit_row(unit, names) for unit in listed)
    asset_rows = tuple(_asset_row(asset, names) for asset in assets)
    tables = (
        Table("单位", (_head(_UNIT_HEAD), *unit_rows)),
        Table("资产", (_head(_ASSET_HEAD), *asset_rows)),
    )
    path.write_bytes(write_tables(tables))


def _recognised(path: Path, tables: Iterable[Table], complaints: Complaints) -> list[tuple[Table, Heading]]:
    sheets = []
    for table in tables:
        heading = find_heading(table.rows)
        if heading is not None and "unit" in heading.columns:
            sheets.append((table, heading))
        elif table.rows:
            complaints.remarks.append(
                Text(
                    f"{table.name}: 没有“单位名称”列,这张表没有读",
                    f"{table.name}: has no column 单位名称 and was not read",
                )
            )
    if not sheets:
        raise Problem(
            f"{path}: 没有找到“单位名称”这一列;表头请写 单位名称、IP地址、域名、资产名称 等"
            " / no column 单位名称 was found; name the columns 单位名称, IP地址, 域名, 资产名称 …"
        )
    return sheets


def _is_unit_sheet(heading: Heading) -> bool:
    return not ASSET_COLUMNS & heading.columns.keys()


def _head(columns: Iterable[Column]) -> tuple[Cell, ...]:
    return tuple(WORDS[column][0] for column in columns)


def _unit_row(unit: Unit, names: dict[str, str]) -> tuple[Cell, ...]:
    parent = names.get(unit.parent, unit.parent) if unit.parent else None
    return (unit.name, parent, unit.district, unit.contact, unit.phone, unit.email)


def _asset_row(asset: Asset, names: dict[str, str]) -> tuple[Cell, ...]:
    def only(*kinds: str) -> str | None:
        return asset.value if asset.kind in kinds else None

    moments: tuple[datetime | None, datetime | None] = (asset.valid_from, asset.valid_to)
    return (
        names.get(asset.unit, asset.unit),
        asset.name,
        only("cidr", "address"),
        only("domain"),
        only("system"),
        asset.system,
        TIER_NAMES[asset.tier].zh,
        asset.grade,
        write_moment(moments[0]),
        write_moment(moments[1], end=True),
    )
