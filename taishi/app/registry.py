"""The unit and asset register of a data directory: imported from sheets, written out again."""

from dataclasses import dataclass
from pathlib import Path

from enrichment.sheets import RegisterSheet, read_register, write_register
from taishi.app.desk import Desk
from taishi.core.records import Asset, Unit


@dataclass(frozen=True)
class Imported:
    """How many lines of a sheet were new, changed or as they were."""

    units: int
    assets: int
    added: int
    changed: int


def import_register(desk: Desk, path: Path, by: str) -> Imported:
    """Takes over every unit and asset of a sheet, or, raising Problem with each wrong cell, nothing."""
    sheet = read_register(path)
    state = desk.state
    units, assets = sheet.units, sheet.assets
    old: dict[str, Unit | Asset] = {one.id: one for one in state.find(Unit)}
    old.update((one.id, one) for one in state.find(Asset))
    listed: list[Unit | Asset] = [*units, *assets]
    new = [one for one in listed if old.get(one.id) != one]
    added = sum(one.id not in old for one in new)
    with state.transaction():
        state.put(*new)
        result = f"{len(units)} units, {len(assets)} assets: {added} new, {len(new) - added} changed"
        state.decide(desk.clock.now(), by, "register.import", "register", path.name, result)
    return Imported(len(units), len(assets), added, len(new) - added)


def export_register(desk: Desk, path: Path) -> RegisterSheet:
    """Writes the register as XLSX that imports again."""
    sheet = RegisterSheet(tuple(desk.state.find(Unit)), tuple(desk.state.find(Asset)))
    write_register(sheet.units, sheet.assets, path)
    return sheet
