"""The register as a sheet: units and assets from XLSX or CSV, and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enrichment.complaints import Complaints
from enrichment.headings import Column, Heading, find_heading
from enrichment.rows import ASSET_COLUMNS, Rows
from enrichment.written import asset_table, combined_table, unit_table
from taishi.core.problems import Problem
from taishi.core.records import Asset, Unit
from taishi.core.text import Text
from taishi.kit.spreadsheets import Table, read_tables, write_csv, write_tables


@dataclass(frozen=True)
class RegisterSheet:
    """What a file says: units, assets (`Asset.unit` is a unit's id), and what its owner should know.

    `refused` are the rows that could not be taken; `said` names, by the id of a unit or asset, the fields
    that the file speaks of (a blank cell says nothing, 无 says that there is none).
    """

    units: tuple[Unit, ...]
    assets: tuple[Asset, ...]
    remarks: tuple[Text, ...] = ()
    refused: tuple[Text, ...] = ()
    said: Mapping[str, frozenset[str]] = field(default_factory=dict)
    places: Mapping[str, Text] = field(default_factory=dict)


def read_register(path: Path) -> RegisterSheet:
    """Reads a workbook with one combined sheet or with sheets for units and for assets, or a CSV file.

    Which column is what is known by its head (`enrichment.headings`), above which a title may stand.
    Ids are made from names and values, so the same sheet read again gives the same records. Raises
    Problem: one line for a file that is no such sheet, else every wrong cell.
    """
    return _read(path, None, strict=True)


def read_rows(path: Path, owner: str | None = None) -> RegisterSheet:
    """Like `read_register`, but what is wrong stands in `refused` and the other rows are given.

    `owner`: the unit of rows that name none, such as those of a sheet of terminals. Raises Problem for a
    file that is no such sheet.
    """
    return _read(path, owner, strict=False)


def _read(path: Path, owner: str | None, *, strict: bool) -> RegisterSheet:
    complaints = Complaints()
    sheets = _recognised(path, read_tables(path), complaints, owner)
    rows = Rows(complaints, closed=any(_is_unit_sheet(heading) for _, heading in sheets), owner=owner)
    # Units first: an asset may only name one of them.
    for table, heading in sorted(sheets, key=lambda sheet: not _is_unit_sheet(sheet[1])):
        rows.read(table, heading)
    if strict:
        complaints.raise_any(path)
    units = rows.units()
    if not units and not complaints.errors:
        raise Problem(f"{path}: 只有表头没有内容 / nothing stands below the head; fill in the sheet")
    return RegisterSheet(
        units, rows.assets(), tuple(complaints.remarks), tuple(complaints.errors), rows.said(), rows.places()
    )


def read_values(values: Mapping[Column, str]) -> RegisterSheet:
    """What one row of those cells says; what is wrong with them is in `refused`, named by its column."""
    heading = Heading(0, {column: index for index, column in enumerate(values)}, ())
    complaints = Complaints()
    rows = Rows(complaints, closed=False)
    rows.read(Table("", ((), tuple(values.values()))), heading)
    told = tuple(Text(said.zh.partition(": ")[2], said.en.partition(": ")[2]) for said in complaints.errors)
    return RegisterSheet(rows.units(), rows.assets(), (), told, rows.said(), {})


def write_register(units: Iterable[Unit], assets: Iterable[Asset], path: Path) -> None:
    """Writes what `read_register` reads back: an XLSX workbook of two sheets, 单位 and 资产, or, where the
    path ends in .csv, one table with a unit's particulars beside each of its assets.
    """
    listed, held = tuple(units), tuple(assets)
    if path.suffix.lower() == ".csv":
        path.write_bytes(write_csv(combined_table(listed, held)))
    else:
        path.write_bytes(write_tables((unit_table(listed), asset_table(listed, held))))


def _recognised(
    path: Path, tables: Iterable[Table], complaints: Complaints, owner: str | None
) -> list[tuple[Table, Heading]]:
    sheets = []
    for table in tables:
        heading = find_heading(table.rows)
        if heading is not None and ("unit" in heading.columns or (owner and not _is_unit_sheet(heading))):
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
