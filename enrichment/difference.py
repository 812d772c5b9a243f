"""A sheet against the register: what it would add and change, what it leaves, what cannot be taken."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from enrichment.sheets import RegisterSheet
from taishi.core.records import Asset, Unit
from taishi.core.text import Text

#: Kinds that belong to one unit at a time; a system's name or a URL may be used by several.
EXCLUSIVE = frozenset({"cidr", "address", "domain"})


@dataclass(frozen=True)
class Change:
    """One record as it is and as it would be; `before` None: it is new. `fields` are those that differ."""

    before: Unit | Asset | None
    after: Unit | Asset
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """`names` are those of all units by id, of the new ones too."""

    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int
    refused: tuple[Text, ...]
    remarks: tuple[Text, ...]
    names: Mapping[str, str]


def compare(units: Sequence[Unit], assets: Sequence[Asset], sheet: RegisterSheet) -> Difference:
    """Pure. Units are the same by name; assets by unit, kind, value and beginning, where a row that names
    no beginning means the only one there is. A field the sheet does not speak of stays as it is.

    An asset that begins with another unit ends there. Raises nothing: what cannot be is in `refused`.
    """
    return _Comparison(units, assets, sheet).result()


class _Comparison:
    def __init__(self, units: Sequence[Unit], assets: Sequence[Asset], sheet: RegisterSheet) -> None:
        self._sheet = sheet
        self._assets = {asset.id: asset for asset in assets}
        self._units = {unit.id: unit for unit in units}
        by_name = {unit.name: unit.id for unit in units}
        self._ids = {unit.id: by_name.get(unit.name, unit.id) for unit in sheet.units}
        self._added: list[Change] = []
        self._changed: dict[str, Change] = {}
        self._refused: list[Text] = list(sheet.refused)
        self._unchanged = 0
        self.names = {one.id: one.name for one in sheet.units} | {one.id: one.name for one in units}

    def result(self) -> Difference:
        for unit in self._sheet.units:
            known = self._units.get(self._ids[unit.id])
            parent = self._ids.get(unit.parent, unit.parent) if unit.parent else None
            self._note(known, replace(unit, id=self._ids[unit.id], parent=parent), unit.id)
        new = self._match()
        self._holders: dict[str, list[str]] = defaultdict(list)
        for asset in self._assets.values():
            self._holders[asset.value].append(asset.id)
        for key, asset in new:
            self._settle(key, asset)
        return Difference(
            tuple(self._added),
            tuple(self._changed.values()),
            self._unchanged,
            tuple(self._refused),
            self._sheet.remarks,
            self.names,
        )

    def _match(self) -> list[tuple[str, Asset]]:
        """Notes the assets that are known; gives the others with the ids the sheet has for them."""
        own = [(asset.id, replace(asset, unit=self._ids[asset.unit])) for asset in self._sheet.assets]
        left = {key: asset for key, asset in own if key not in self._assets}
        for key, asset in own:
            if key in self._assets:
                self._note(self._assets[key], asset, key)
        free = {key: asset for key, asset in self._assets.items() if key not in dict(own)}
        for exactness in ("name", "beginning", "place"):
            there, here = _by_key(free, exactness), _by_key(left, exactness)
            for same, (sheet_id, *more) in here.items():
                dated = "valid_from" in self._sheet.said.get(sheet_id, frozenset())
                if more or len(there.get(same, ())) != 1 or (exactness == "place" and dated):
                    continue
                known = free.pop(there[same][0])
                self._note(known, replace(left.pop(sheet_id), id=known.id), sheet_id)
        return list(left.items())

    def _note(self, known: Unit | Asset | None, given: Unit | Asset, sheet_id: str) -> None:
        """One record of the sheet beside the one it is in the register."""
        if known is None:
            self._added.append(Change(None, given))
            return
        said = self._sheet.said.get(sheet_id, frozenset())
        fresh = {name: getattr(given, name) for name in said if getattr(given, name) != getattr(known, name)}
        if not fresh:
            self._unchanged += 1
            return
        self._change(known, replace(known, **fresh))

    def _change(self, known: Unit | Asset, after: Unit | Asset) -> None:
        before = self._changed[known.id].before if known.id in self._changed else known
        fields = tuple(
            name for name in after.__struct_fields__ if getattr(after, name) != getattr(before, name)
        )
        self._changed[known.id] = Change(before, after, fields)
        if isinstance(after, Asset):
            self._assets[after.id] = after

    def _settle(self, sheet_id: str, asset: Asset) -> None:
        """A new asset among those that hold the same value: ends the one before it, or is refused."""
        ending = []
        for key in self._holders[asset.value] if asset.kind in EXCLUSIVE else ():
            other = self._assets[key]
            if other.unit == asset.unit or not overlapping(other, asset):
                continue
            if asset.valid_from is None or (other.valid_from and other.valid_from >= asset.valid_from):
                self._refuse(sheet_id, asset, other)
                return
            ending.append(other)
        for other in ending:
            self._change(other, replace(other, valid_to=asset.valid_from))
        self._added.append(Change(None, asset))
        self._assets[asset.id] = asset
        self._holders[asset.value].append(asset.id)

    def _refuse(self, sheet_id: str, asset: Asset, other: Asset) -> None:
        place = self._sheet.places.get(sheet_id, Text("", ""))
        whose = self.names.get(other.unit, other.unit)
        self._refused.append(
            Text(
                f"{place.zh}: '{asset.value}' 已登记属于 {whose};若已移交请写启用日期",
                f"{place.en}: '{asset.value}' is {whose}'s in the register; give a start date if it moved",
            )
        )


def overlapping(one: Asset, other: Asset) -> bool:
    """Whether there is a moment at which both hold."""
    first = one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to
    second = other.valid_to is None or one.valid_from is None or one.valid_from < other.valid_to
    return first and second


def _by_key(assets: Mapping[str, Asset], exactness: str) -> dict[tuple[object, ...], list[str]]:
    """Ids by what makes an asset the same: its place, for more exactness its beginning, its name too."""
    found: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key, asset in assets.items():
        dated = () if exactness == "place" else (asset.valid_from,)
        named = (asset.name,) if exactness == "name" else ()
        found[(asset.unit, asset.kind, asset.value, *dated, *named)].append(key)
    return found
