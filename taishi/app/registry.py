"""The unit and asset register of a data directory: sheets in with a preview, sheets out, undo."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from enrichment.difference import Difference, compare
from enrichment.sheets import RegisterSheet, read_rows, write_register
from taishi.app.letters import Letters
from taishi.app.owning import CurrentRegister
from taishi.app.refusal import Refusal
from taishi.app.restamping import Restamped, restamp
from taishi.app.roles import TRIAGE, require_or_system
from taishi.core.clock import Clock
from taishi.core.ports import Find, StateStore
from taishi.core.records import Asset, Unit
from taishi.core.register_records import RegisterChange

R = TypeVar("R", Unit, Asset)
#: A record before an act and after it; None: it is not there.
Pair = tuple[Unit | Asset | None, Unit | Asset | None]

#: Fields of persons: the audit names them, never what they hold.
_PRIVATE = frozenset({"phone", "email", "user", "head", "others", "contact"})
#: Acts kept with what every record was before: how far back one can look.
KEPT_CHANGES = 50


@dataclass(frozen=True)
class Imported:
    """What became of a sheet: lines that were new, changed, as they were or refused, and what followed."""

    change: RegisterChange
    added: int
    changed: int
    unchanged: int
    refused: int
    restamped: Restamped


class Registry:
    """Every act is one transaction with its audit line; open matters follow in the same transaction."""

    def __init__(
        self,
        state: StateStore,
        clock: Clock,
        letters: Letters,
        current: CurrentRegister,
        measures: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`measures` does what the policy calls for about an alert (by its id) that has another owner now."""
        self._state, self._clock, self._letters, self._measures = state, clock, letters, measures
        self.current = current

    def units(self) -> list[Unit]:
        """By name."""
        return self._state.find(Unit, Find(order="name"))

    def assets(self) -> list[Asset]:
        """By value."""
        return self._state.find(Asset, Find(order="value"))

    def preview(self, path: Path, owner: str | None = None) -> Difference:
        """What importing the sheet would do. Raises Problem where it is no register's sheet."""
        return self.compare(read_rows(path, owner))

    def compare(self, sheet: RegisterSheet) -> Difference:
        return compare(self.units(), self.assets(), sheet)

    def take(
        self, difference: Difference, by: str, what: str, why: str = "", *, act: str = "import"
    ) -> Imported:
        """Takes over what a preview showed; refused rows stay out. Raises Refusal where the register is
        no longer the one that was compared."""
        pairs = [(one.before, one.after) for one in (*difference.added, *difference.changed)]
        change, restamped = self.commit(act, what, by, why, pairs)
        return Imported(
            change,
            len(difference.added),
            len(difference.changed),
            difference.unchanged,
            len(difference.refused),
            restamped,
        )

    def export(self, path: Path, by: str, why: str = "") -> RegisterSheet:
        """Writes the register as XLSX or CSV that imports again; telephones leave the house, so audited."""
        sheet = RegisterSheet(tuple(self.units()), tuple(self.assets()))
        actor = require_or_system(self._state, by, *TRIAGE)
        write_register(sheet.units, sheet.assets, path)
        result = f"{len(sheet.units)} units, {len(sheet.assets)} assets"
        self._state.decide(self._clock.now(), actor, "register.export", "register", path.name, result, why)
        return sheet

    def changes(self) -> list[RegisterChange]:
        """The latest acts, newest first."""
        return self._state.find(RegisterChange, Find(order="at", descending=True))

    def undo(self, by: str, why: str = "") -> tuple[RegisterChange, Restamped]:
        """Takes back the last import. Raises Refusal where there is none or a record was changed since."""
        last = next((one for one in self.changes() if one.act == "import" and not one.undone), None)
        if last is None:
            raise Refusal("没有可以撤销的导入", "there is no import to undo")
        with self._state.transaction():
            pairs = [
                *_back(last.units_before, last.units_after),
                *_back(last.assets_before, last.assets_after),
            ]
            done, restamped = self.commit("undo", last.what, by, why, pairs)
            self._state.put(replace(last, undone=True))
        return done, restamped

    def commit(
        self, act: str, what: str, by: str, why: str, pairs: Sequence[Pair]
    ) -> tuple[RegisterChange, Restamped]:
        """Writes the second of each pair and lets open matters follow. Raises Refusal where a record is no
        longer the first of its pair, or the person may not."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *TRIAGE)
            self._write(pairs)
            change = self._kept(act, what, actor, why, pairs)
            self._state.decide(change.at, actor, f"register.{act}", "register", what, told(pairs), why)
            self.current.changed()
            followed = self._follow(actor, why, pairs)
        return change, followed

    def _write(self, pairs: Sequence[Pair]) -> None:
        there: dict[str, Unit | Asset] = {unit.id: unit for unit in self.units()}
        there.update((asset.id, asset) for asset in self.assets())
        for before, after in pairs:
            record = after or before
            if record is not None and there.get(record.id) != before:
                raise Refusal(
                    f"“{record.name}”在此期间已被改动，请重新预览后再试",
                    f"{record.name} was changed meanwhile; look at the preview again",
                )
            if before is not None and after is None:
                self._state.delete(type(before), before.id)
        self._state.put(*(after for _, after in pairs if after is not None))

    def _kept(self, act: str, what: str, by: str, why: str, pairs: Sequence[Pair]) -> RegisterChange:
        number = self._state.next_number("register-change")
        change = RegisterChange(
            f"{number:08d}", self._clock.now(), by, act, what, why,
            units_before=_side(pairs, 0, Unit), units_after=_side(pairs, 1, Unit),
            assets_before=_side(pairs, 0, Asset), assets_after=_side(pairs, 1, Asset),
        )  # fmt: skip
        self._state.put(change)
        if number > KEPT_CHANGES:
            self._state.delete(RegisterChange, f"{number - KEPT_CHANGES:08d}")
        return change

    def _follow(self, by: str, why: str, pairs: Sequence[Pair]) -> Restamped:
        renamed = {
            before.name: after.name
            for before, after in pairs
            if isinstance(before, Unit) and isinstance(after, Unit) and before.name != after.name
        }
        register = self.current.now().register
        followed = restamp(self._state, self._clock, self._letters, register, by, why, renamed)
        for alert_id in followed.moved:
            self._measures(alert_id)
        return followed


def told(pairs: Sequence[Pair]) -> str:
    """For the audit: a single change field by field, telephones left out, many by their number."""
    if len(pairs) != 1:
        new = sum(before is None for before, _ in pairs)
        gone = sum(after is None for _, after in pairs)
        return f"{new} added, {len(pairs) - new - gone} changed, {gone} removed"
    [(before, after)] = pairs
    if before is None or after is None:
        record = before or after
        return f"{'added' if before is None else 'removed'} {record.name if record else ''}".strip()
    changed = [one for one in after.__struct_fields__ if getattr(before, one) != getattr(after, one)]
    return "; ".join(
        one if one in _PRIVATE else f"{one}: {getattr(before, one)} → {getattr(after, one)}"
        for one in changed
    )


def _side(pairs: Sequence[Pair], side: int, of: type[R]) -> dict[str, R | None]:
    """What stands on one side of each pair of that type, by its id."""
    found: dict[str, R | None] = {}
    for pair in pairs:
        record, one = pair[0] or pair[1], pair[side]
        if isinstance(record, of):
            found[record.id] = one if isinstance(one, of) else None
    return found


def _back(before: Mapping[str, R | None], after: Mapping[str, R | None]) -> list[Pair]:
    return [(after[key], before[key]) for key in before]
