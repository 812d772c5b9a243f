"""Single acts on the register: what a sheet does for many, for one unit or asset at a time."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from enrichment.asset_rows import asset_id
from enrichment.difference import EXCLUSIVE, overlapping
from enrichment.headings import Column
from enrichment.sheets import RegisterSheet, read_values
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.register_check import RegisterCheck
from taishi.app.registry import Imported, Pair, Registry
from taishi.app.restamping import Restamped
from taishi.core.problems import Problem
from taishi.core.records import Asset, Unit

#: What a person says of a unit or asset: words under the columns of the sheet; 无 says that there is none.
Values = Mapping[Column, str]


class RegistryEdits:
    """Every act raises Problem where what is said makes no sense, Refusal where it is not allowed."""

    def __init__(self, registry: Registry, check: RegisterCheck) -> None:
        self._registry, self._check = registry, check

    def unit(self, named: str) -> Unit:
        """By its name or id. Raises Problem where there is none."""
        for unit in self._registry.units():
            if named in (unit.name, unit.id):
                return unit
        raise Problem(f"“{named}”没有登记 / {named}: no such unit; `taishi units list` shows them")

    def asset(self, named: str) -> Asset:
        """By its id, or by its value where one asset of that value holds now. Raises Problem."""
        found = [one for one in self._registry.assets() if named in (one.id, one.value)]
        exact = [one for one in found if one.id == named] or [one for one in found if one.valid_to is None]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if not found:
            raise Problem(f"“{named}”没有登记 / {named}: no such asset; `taishi assets list` shows them")
        ids = ", ".join(one.id for one in found)
        raise Problem(f"“{named}”有多条登记，请写编号 / {named}: several; name one by its id: {ids}")

    def add(self, values: Values, by: str, why: str = "") -> Imported:
        """A new unit (no address, domain … among the values) or assets of a unit."""
        sheet = _sound(read_values(values))
        known = {unit.name for unit in self._registry.units()}
        new = values.get("unit", "").strip()
        if sheet.assets and new not in known:
            raise Problem(f"“{new}”没有登记，请先新增单位 / {new}: no such unit; add it first")
        if not sheet.assets and new in known:
            raise Refusal(f"“{new}”已登记", f"{new} is registered already; use `set`")
        difference = self._registry.compare(sheet)
        if difference.refused:
            raise Refusal(difference.refused[0].zh.lstrip(": "), difference.refused[0].en.lstrip(": "))
        if not difference.added:
            raise Refusal(f"“{new}”已有这些资产", f"{new} has these assets already; use `set`")
        return self._registry.take(difference, by, new, why, act="add")

    def accept(self, address: str, unit: str | None, by: str, why: str = "") -> Imported:
        """An address that was seen becomes an asset of the unit, or of the one that is guessed.

        Raises Problem where it was not seen, Refusal where none is named and none can be guessed.
        """
        waiting = {one.sighting.id: one for one in self._check.unregistered()}
        if address not in waiting:
            raise Problem(f"“{address}”不在未登记清单里 / {address}: not among the unregistered addresses")
        guess, seen = waiting[address].guess, waiting[address].sighting
        owner = unit or (guess.unit if guess else None)
        if owner is None:
            raise Refusal(f"{address} 猜不出单位，请指定", f"{address}: no unit can be guessed; name one")
        told = "; ".join(reason.zh for reason in guess.reasons) if guess and owner == guess.unit else ""
        values: dict[Column, str] = {"unit": self.unit(owner).name, "address": address, "note": "自动发现"}
        if seen.names:
            values["name"] = seen.names[0]
        return self.add(values, by, why or told)

    def set_unit(
        self, unit: Unit, values: Values, by: str, why: str = "", name: str = ""
    ) -> tuple[Unit, Restamped]:
        """Changes what the values speak of, and the name where one is given; open matters follow."""
        sheet = _sound(read_values({"unit": unit.name, **values}))
        [given] = [one for one in sheet.units if one.name == unit.name]
        said = sheet.said.get(given.id, frozenset())
        after = replace(unit, **{field: getattr(given, field) for field in said})
        if "parent" in said and values.get("parent", "").strip() not in ("", "无", "-"):
            after = replace(after, parent=self.unit(values["parent"].strip()).id)
        if name and name != unit.name:
            if any(other.name == name for other in self._registry.units()):
                raise Refusal(f"“{name}”已登记", f"{name} is registered already")
            after = replace(after, name=name)
        return after, self._commit("set", unit.name, by, why, [(unit, after)])

    def set_asset(self, asset: Asset, values: Values, by: str, why: str = "") -> tuple[Asset, Restamped]:
        """Changes particulars; the address and the unit stay (see `transfer`)."""
        sheet = _sound(read_values({"unit": "?", "host": asset.value, **values}))
        [given] = sheet.assets
        after = replace(
            asset, **{field: getattr(given, field) for field in sheet.said.get(given.id, frozenset())}
        )
        if after.valid_from and after.valid_to and after.valid_to <= after.valid_from:
            raise Problem("停用不晚于启用 / it would end no later than it begins")
        self._refuse_second_holder(after)
        return after, self._commit("set", asset.value, by, why, [(asset, after)])

    def transfer(self, asset: Asset, to: Unit, at: datetime, by: str, why: str) -> tuple[Asset, Restamped]:
        """From that moment on the asset is the other unit's; whose it was before stays known."""
        why = needed_reason(why)
        if to.id == asset.unit:
            raise Refusal(f"{asset.value} 已属于 {to.name}", f"{asset.value} is {to.name}'s already")
        if (asset.valid_from and at <= asset.valid_from) or (asset.valid_to and at >= asset.valid_to):
            raise Refusal(
                f"{asset.value} 在该时刻不属于原单位，请核对移交时间",
                f"{asset.value} is not the unit's at that moment; check the time of the transfer",
            )
        key = asset_id(to.id, asset.value, asset.name, at)
        after = replace(asset, id=key, unit=to.id, valid_from=at, user=None, phone=None)
        pairs: list[Pair] = [(asset, replace(asset, valid_to=at)), (None, after)]
        return after, self._commit("transfer", f"{asset.value} → {to.name}", by, why, pairs)

    def end(self, asset: Asset, at: datetime, by: str, why: str) -> Restamped:
        """The asset is nobody's from that moment on; its history stays."""
        why = needed_reason(why)
        if asset.valid_from and at <= asset.valid_from:
            return self._commit("remove", asset.value, by, why, [(asset, None)])
        return self._commit("end", asset.value, by, why, [(asset, replace(asset, valid_to=at))])

    def forget(self, asset: Asset, by: str, why: str) -> Restamped:
        """The asset was a mistake: its record goes, as if it had never been."""
        return self._commit("remove", asset.value, by, needed_reason(why), [(asset, None)])

    def remove_unit(self, unit: Unit, by: str, why: str) -> Restamped:
        """Refused while it has assets, ended ones too (they say whose an address was), or units below it."""
        why = needed_reason(why)
        assets = sum(asset.unit == unit.id for asset in self._registry.assets())
        below = [other.name for other in self._registry.units() if other.parent == unit.id]
        if assets or below:
            raise Refusal(
                f"{unit.name} 还有 {assets} 项资产、{len(below)} 个下级单位，请先移交或删除",
                f"{unit.name} has {assets} assets and {len(below)} units below it; move or remove them first",
            )
        return self._commit("remove", unit.name, by, why, [(unit, None)])

    def history(self, asset: Asset) -> list[Asset]:
        """Every record of the same value, the latest first."""
        same = [one for one in self._registry.assets() if (one.kind, one.value) == (asset.kind, asset.value)]
        return sorted(
            same, key=lambda one: (one.valid_from is not None, one.valid_from, one.id), reverse=True
        )

    def _refuse_second_holder(self, asset: Asset) -> None:
        for other in self._registry.assets():
            rival = other.id != asset.id and other.unit != asset.unit and other.value == asset.value
            if rival and asset.kind in EXCLUSIVE and overlapping(other, asset):
                raise Refusal(
                    f"{asset.value} 在这段时间已属于另一单位", f"{asset.value} is another unit's in that time"
                )

    def _commit(self, act: str, what: str, by: str, why: str, pairs: list[Pair]) -> Restamped:
        return self._registry.commit(act, what, by, why, pairs)[1]


def edited(shown: Values, given: Mapping[str, str]) -> dict[Column, str]:
    """What a form says anew: only fields that are not as they were shown; an emptied one says 无."""
    said: dict[Column, str] = {}
    for column, text in shown.items():
        new = given.get(column)
        if new is not None and new.strip() != text:
            said[column] = new.strip() or "无"
    return said


def _sound(sheet: RegisterSheet) -> RegisterSheet:
    """The sheet. Raises Problem with the first thing that is wrong in it."""
    if sheet.refused:
        raise Problem(f"{sheet.refused[0].zh} / {sheet.refused[0].en}")
    return sheet
