"""Units and assets as rows of a sheet, under the words of `enrichment.headings`."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, repeat

from enrichment.cells import ADDRESSING_NAMES, write_moment
from enrichment.headings import WORDS, Column
from enrichment.unit_rows import MOST_OTHERS
from taishi.core.records import TIER_NAMES, Asset, Contact, Unit
from taishi.kit.spreadsheets import Cell, Table

_UNIT_HEAD: tuple[Column, ...] = (
    "unit", "parent", "district", "head", "head_phone", "contact", "phone", "email",
    "contact2", "phone2", "email2", "contact3", "phone3", "email3", "weight",
)  # fmt: skip
_ASSET_HEAD: tuple[Column, ...] = (
    "name", "address", "domain", "url", "host", "system", "tier", "grade", "filing", "assessed", "tags",
    "vendor", "addressing", "note", "user", "user_phone", "valid_from", "valid_to",
)  # fmt: skip


def unit_table(units: Sequence[Unit]) -> Table:
    """The sheet 单位."""
    names = _names(units)
    rows = ((*_unit_cells(unit, names), TIER_NAMES[unit.tier].zh if unit.tier else None) for unit in units)
    return Table("单位", (_head((*_UNIT_HEAD, "tier")), *rows))


def asset_table(units: Sequence[Unit], assets: Iterable[Asset]) -> Table:
    """The sheet 资产."""
    names = _names(units)
    rows = ((names.get(asset.unit, asset.unit), *_asset_cells(asset)) for asset in assets)
    return Table("资产", (_head(("unit", *_ASSET_HEAD)), *rows))


def combined_table(units: Sequence[Unit], assets: Sequence[Asset]) -> Table:
    """Both in one: every asset with its unit's particulars, then the units that have none."""
    names, known = _names(units), {unit.id: unit for unit in units}
    owners = {asset.unit for asset in assets}
    unowned = Unit("", "")
    rows = [
        (*_unit_cells(known.get(asset.unit, unowned), names), *_asset_cells(asset))
        for asset in assets
        if asset.unit in known
    ]
    rows += [
        (*_unit_cells(unit, names), *repeat(None, len(_ASSET_HEAD)))
        for unit in units
        if unit.id not in owners
    ]
    return Table("台账", (_head((*_UNIT_HEAD, *_ASSET_HEAD)), *rows))


def unit_values(unit: Unit, units: Iterable[Unit]) -> dict[Column, str]:
    """The unit as text by column, empty where there is nothing."""
    tier = TIER_NAMES[unit.tier].zh if unit.tier else None
    return _texts((*_UNIT_HEAD, "tier"), (*_unit_cells(unit, _names(units)), tier))


def asset_values(asset: Asset) -> dict[Column, str]:
    """The asset as text by column, empty where there is nothing."""
    return _texts(_ASSET_HEAD, _asset_cells(asset))


def _texts(columns: Sequence[Column], cells: Sequence[Cell]) -> dict[Column, str]:
    pairs = zip(columns, cells, strict=True)
    return {
        column: "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
        for column, cell in pairs
    }


def _names(units: Iterable[Unit]) -> dict[str, str]:
    return {unit.id: unit.name for unit in units}


def _head(columns: Iterable[Column]) -> tuple[Cell, ...]:
    return tuple(WORDS[column][0] for column in columns)


def _unit_cells(unit: Unit, names: Mapping[str, str]) -> tuple[Cell, ...]:
    parent = names.get(unit.parent, unit.parent) if unit.parent else None
    head = unit.head or Contact("")
    others = islice((*unit.others, *repeat(Contact(""), MOST_OTHERS)), MOST_OTHERS)
    return (
        unit.name,
        parent,
        unit.district,
        head.name or None,
        head.phone,
        unit.contact,
        unit.phone,
        unit.email,
        *(cell for one in others for cell in (one.name or None, one.phone, one.email)),
        unit.weight,
    )


def _asset_cells(asset: Asset) -> tuple[Cell, ...]:
    def only(*kinds: str) -> str | None:
        return asset.value if asset.kind in kinds else None

    return (
        asset.name,
        only("cidr", "address"),
        only("domain"),
        only("url"),
        only("system"),
        asset.system,
        TIER_NAMES[asset.tier].zh,
        asset.grade,
        asset.filing,
        str(asset.assessed) if asset.assessed else None,
        "、".join(asset.tags) or None,
        asset.vendor,
        ADDRESSING_NAMES[asset.addressing].zh,
        asset.note,
        asset.user,
        asset.phone,
        write_moment(asset.valid_from),
        write_moment(asset.valid_to, end=True),
    )
