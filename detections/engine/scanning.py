"""Which fields of a class are scanned by compiled code, and what is left to ask of them value by value."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from detections.engine.atoms import Numbered
from detections.engine.columns import Column, Group, Keys, Values, encoded
from detections.engine.patterns import Patterns, Table
from detections.engine.scan import Compiled, Room, Scanned, Scanner, Summed
from detections.engine.sightings import Sightings
from detections.engine.sources import Own, Source, values_of
from taishi.core.table import Table as Records
from taishi.kit.kept import Kept

#: Events from which loading the compiled code pays.
WORTH = 512
#: What a text can only be asked whether it is there.
_OF_ANY = frozenset({"null", "exists", "any"})

#: Told fields, atoms, guards, and whether it is asked late.
MakeColumn = Callable[[tuple[str, ...], Sequence[Numbered], Mapping[int, frozenset[int]], bool], Column]


class Shared:
    """What the searches of an engine's classes share; nothing is loaded before there is enough to do."""

    def __init__(self, patterns: Patterns, kept: Kept, worth: int = WORTH) -> None:
        self._patterns, self._worth, self._seen = patterns, worth, 0
        self.compiled, self.room, self.sightings = Compiled(kept), Room(), Sightings(kept)

    def expect(self, events: int) -> None:
        """Told how many events come now."""
        self._seen += events

    @property
    def pays(self) -> bool:
        """Whether enough was seen for it to be loaded."""
        return self._seen >= self._worth

    @cached_property
    def table(self) -> Table:
        return Table(self._patterns)


class Asked(NamedTuple):
    """A column of a layout. `field`: its number for the scan, -1 where no atom is scanned.

    `rest`: what else is asked of its texts; `of_any`: and that is the same for every text.
    """

    column: Column
    given: Sequence[Source]
    own: int
    field: int
    rest: Column | None
    of_any: bool


class Scanning:
    """The columns of a class: texts to the compiled scan, the rest and all that is no text one by one."""

    def __init__(
        self,
        columns: Sequence[Column],
        guards: Mapping[int, frozenset[int]],
        shared: Shared,
        make: MakeColumn,
    ) -> None:
        self._columns = [one for one in columns if not one.late]
        self._guards, self._shared, self._make = guards, shared, make

    @property
    def pays(self) -> bool:
        """Whether the scan is to be used by now."""
        return self._shared.pays

    def asked(self, column: Column, given: Sequence[Source]) -> Asked:
        """A column where events of some shape have it."""
        own = given[0].place if len(given) == 1 and isinstance(given[0], Own) else -1
        if column.late:
            return Asked(column, given, own, -1, None, False)
        rest = self._rest[column.fields]
        of_any = rest is not None and _OF_ANY.issuperset(atom.compare for _, atom in rest.atoms)
        return Asked(column, given, own, self._places.get(column.fields, -1), rest, of_any)

    def scan(self, group: Group, asked: Sequence[Asked]) -> tuple[Scanned | None, list[Keys]]:
        """What the scan finds in the columns' values, and the keys of what it does not decide."""
        texts, keys, taken = list[tuple[int, bytes]](), list[Keys](), list[tuple[Asked, Values]]()
        for one in asked:
            values = group.columns[one.own] if one.own >= 0 else values_of(one.given, group)
            text = self._encoded(one, group, values) if one.field >= 0 else None
            if text is None:
                keys.append(one.column.keys_of(values))
            else:
                texts.append((one.field, text))
                taken.append((one, values))
        found = self._scanner.scan(group.size, texts) if texts else None
        if texts and found is None:
            return None, keys + [one.column.keys(values) for one, values in taken]
        keys += [_left(one.rest, values, one.of_any) for one, values in taken if one.rest is not None]
        return found, keys

    def scan_table(self, table: Records, fields: Keys, places: Keys) -> Summed:
        """What the scan finds in a table. `fields`: as `Asked` has them; `places`: where their values are."""
        return self._scanner.add_up(table.texts, table.begins, fields, places)

    def _encoded(self, one: Asked, group: Group, values: "Values | pa.Array") -> bytes | None:
        if isinstance(values, pa.Array):
            return None
        found = group.encoded(one.own) if one.own >= 0 else encoded(values)
        if found is None or (self._scanner.looks_close[one.field] and not found.is_ascii):
            return None
        return found.text

    @cached_property
    def _fields(self) -> list[tuple[tuple[str, ...], list[int]]]:
        table = self._shared.table
        found = [(one.fields, table.taken(number for number, _ in one.atoms)) for one in self._columns]
        return [(fields, atoms) for fields, atoms in found if atoms]

    @cached_property
    def _places(self) -> dict[tuple[str, ...], int]:
        return {fields: place for place, (fields, _) in enumerate(self._fields)}

    @cached_property
    def _scanner(self) -> Scanner:
        atoms = [atoms for _, atoms in self._fields]
        return Scanner(self._shared.table, atoms, self._guards, self._shared.compiled, self._shared.room)

    @cached_property
    def _rest(self) -> dict[tuple[str, ...], Column | None]:
        taken = {number for _, atoms in self._fields for number in atoms}
        rest = {}
        for column in self._columns:
            atoms = [(number, atom) for number, atom in column.atoms if number not in taken]
            rest[column.fields] = self._make(column.fields, atoms, {}, False) if atoms else None
        return rest


def _left(rest: Column, values: Values, of_any: bool) -> Keys:
    """What else is asked of texts."""
    return np.full(len(values), rest.keys(values[:1])[0]) if of_any else rest.keys(values)
