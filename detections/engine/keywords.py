"""Keywords: values without a field, looked for in every value of an event.

Searching everything is dear, so it comes last: only rules whose other conditions can still hold ask for it.
The distinct values of a column are searched as one text; only where that finds something they are decided.
"""

import re
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

import pyarrow as pa

from detections.engine.atoms import FieldAtoms, Numbered
from detections.engine.columns import Encoded, Group, Values
from detections.engine.combine import compiled
from detections.engine.hopes import Hopes
from detections.engine.plan import Plan, Variant, refs
from detections.engine.prefilter import Prefilter
from detections.engine.rule import Atom
from detections.engine.sightings import Sightings
from detections.engine.tables import TableGroup
from detections.engine.texts import BETWEEN, DASHED, FOLDED, form, in_form
from detections.engine.values import as_text, leaves
from taishi.kit.kept import Kept

_NUMERIC = frozenset("-0123456789")
_INT = frozenset({int})
#: Columns that say how an event came to us, not what it says.
_BOOKKEEPING = frozenset({"taishi.extra", "event.id", "log.file.path"})


class Keywords:
    """The variants of a class that ask for keywords."""

    def __init__(self, variants: Sequence[Variant], plan: Plan, kept: Kept, sightings: Sightings) -> None:
        atoms = plan.atoms
        self._numbers = frozenset(n for one in variants for n in refs(one.condition) if not atoms[n].fields)
        self._asking = variants
        self._tests = [compiled(one.condition) for one in self._asking]
        self._hopes = Hopes(variants, self._numbers, plan.weights)
        self._atoms, self._kept, self._sightings = atoms, kept, sightings
        self._searches: dict[tuple[int, ...], Search] = {}

    def possible(self, held: Set[int]) -> tuple[int, ...]:
        """The variants that hit an event if the right keywords are in it, by their place among the asking."""
        return self._hopes.possible(held) if self._asking else ()

    def rules(self, possible: Sequence[int], held: Set[int]) -> tuple[int, ...]:
        """The rules among the possible ones that hit, keyword atoms now being known."""
        return tuple(sorted({self._asking[n].rule for n in possible if self._tests[n](held)}))

    def find(self, possible: tuple[int, ...], group: Group) -> dict[int, frozenset[int]]:
        """Keyword atoms of these variants by the event's place in the group, where there are any."""
        search = self._searches.get(possible)
        if search is None:
            asked = {n for one in possible for n in refs(self._asking[one].condition)} & self._numbers
            numbered = [(number, self._atoms[number]) for number in sorted(asked)]
            search = Search(numbered, self._kept, self._sightings)
            self._searches[possible] = search
        return search.find(group)


class Texts(NamedTuple):
    """A column, and its values as one text (`Group.encoded`) where all are texts."""

    values: Values
    encoded: Encoded | None


class Search:
    """Some keywords, looked for in everything."""

    def __init__(self, asked: Sequence[Numbered], kept: Kept, sightings: Sightings) -> None:
        self._atoms, self._sightings = FieldAtoms(asked, kept), sightings
        self._form = max((form(atom) & DASHED for _, atom in asked), default=FOLDED)
        texts = [in_form(_certain(atom), self._form) for _, atom in asked]
        certain = bool(texts) and all(texts) and BETWEEN not in "".join(texts)
        self._needed = frozenset(texts)
        self._in_tables = certain and self._form == FOLDED and all(map(sightings.can_see, texts))
        expressions = [(re.escape(text), "i") for text in sorted(self._needed)]
        self._search = Prefilter(expressions, kept) if certain else None
        self._in_numbers = not certain or any(_NUMERIC.issuperset(text) for text in texts)

    def find(self, group: Group) -> dict[int, frozenset[int]]:
        """The atoms that hold, by the event's place in the group; events without any are left out."""
        if isinstance(group, TableGroup) and self._in_tables:
            return self._find_in_table(group)
        return self._find(group)

    def _find_in_table(self, group: TableGroup) -> dict[int, frozenset[int]]:
        """The same where values stand in one piece."""
        seen = self._sightings.among(group.table, self._needed).tolist()
        found = self._find(group.part(seen)) if seen else {}
        return {seen[place]: atoms for place, atoms in found.items()}

    def _find(self, group: Group) -> dict[int, frozenset[int]]:
        if not self._may_occur(group):
            return {}
        found: dict[int, set[int]] = {}
        for values in everything(group):
            held = self._holding(values)
            if held:
                for place, value in enumerate(values.values):
                    for leaf in leaves(value):
                        found.setdefault(place, set()).update(held.get(as_text(leaf), ()))
        return {place: frozenset(atoms) for place, atoms in found.items() if atoms}

    def _may_occur(self, group: Group) -> bool:
        """Whether all values of all events as one text hold a keyword: seldom so, and cheap to ask."""
        return self._search is None or self._occurs(b"\0".join(map(self._searched, everything(group))))

    def _occurs(self, whole: bytes) -> bool:
        return self._search is None or bool(self._search.candidates(whole))

    def _searched(self, values: Texts) -> bytes:
        """The values of a column as one text, as it is searched but for the case of ASCII letters."""
        if values.encoded is not None and self._form == FOLDED:
            return values.encoded.text
        if not self._in_numbers and _INT.issuperset(map(type, values.values)):
            return b""
        whole = BETWEEN.join(as_text(leaf) for value in values.values for leaf in leaves(value))
        if self._form or not whole.isascii():
            whole = in_form(whole, self._form)
        return whole.encode("utf-8", "surrogatepass")

    def _holding(self, values: Texts) -> dict[str, frozenset[int]]:
        """The values of a column that hold keywords, as text."""
        if not self._occurs(self._searched(values)):
            return {}
        texts = list({as_text(leaf) for value in values.values for leaf in leaves(value)})
        decided = zip(texts, self._atoms.decide_all(texts), strict=True)
        return {text: atoms for text, atoms in decided if atoms}


def everything(group: Group) -> Iterator[Texts]:
    """Every value of the events of a group, a column at a time."""
    for place, values in enumerate(group.columns):
        yield Texts(values, group.encoded(place))
    if group.batch is None:
        return
    # The columns of a Windows event, and its raw text, only repeat its own fields.
    names = ["message"] if group.kind == "windows" else group.batch.rows.schema.names
    for name in names:
        if name in _BOOKKEEPING:
            continue
        array = group.array(name)
        if array.null_count < len(array) and not pa.types.is_timestamp(array.type):
            yield Texts(array.to_pylist(), None)


def _certain(atom: Atom) -> str:
    """A text that every match holds; empty where there is none."""
    if atom.compare in ("contains", "startswith", "endswith", "equals"):
        return str(atom.value)
    return max(atom.value[::2], key=len) if isinstance(atom.value, tuple) else ""
