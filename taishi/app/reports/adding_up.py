"""Whether the parts of a table of figures sum to its total, and where they do not by how much.

The published report behind this product had levels summing to 163 and classes to 290 more than its total.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from taishi.core.records import LEVEL_NAMES, THREAT_NAMES

Part = Mapping[str, int]
#: The same word in one form: a published table may use the Chinese ones.
_ONE_FORM = {name.zh: key for names in (THREAT_NAMES, LEVEL_NAMES) for key, name in names.items()}


@dataclass(frozen=True)
class Table:
    """What a document says: None where it says nothing. `parts` by their names (`by_class` …), in order."""

    total: int | None
    parts: Mapping[str, Part] = field(default_factory=dict)
    matrix: Mapping[str, Part] | None = None

    @property
    def sums(self) -> dict[str, int]:
        """The sum of every part, the matrix last."""
        found = {name: sum(part.values()) for name, part in self.parts.items()}
        if self.matrix is not None:
            found["matrix"] = sum(sum(row.values()) for row in self.matrix.values())
        return found


def residuals(table: Table) -> dict[str, int]:
    """Each part minus the total; classes minus levels; rows and columns of a matrix that sums up as a whole
    against the class or level of their name. Only what is not zero; parts that are absent are not judged.
    """
    found = _sums(table)
    return {name: residual for name, residual in (found or _shifts(table)).items() if residual}


def _sums(table: Table) -> dict[str, int]:
    sums = table.sums
    pairs = [("by_class", "by_level")]
    if table.total is None:
        pairs += [(next(iter(sums)), name) for name in list(sums)[1:]] if sums else []
        against = {}
    else:
        against = {name: one - table.total for name, one in sums.items()}
    for one, other in pairs:
        if one in sums and other in sums:
            against[f"{one}-{other}"] = sums[one] - sums[other]
    return {name: residual for name, residual in against.items() if residual}


def _shifts(table: Table) -> dict[str, int]:
    """Rows minus their class, columns minus their level: wrong cells may cancel out in the sums."""
    if table.matrix is None:
        return {}
    rows, columns = {}, dict[str, int]()
    for threat, row in table.matrix.items():
        rows[threat] = sum(row.values())
        for level, n in row.items():
            columns[level] = columns.get(level, 0) + n
    return _against("by_class", rows, table) | _against("by_level", columns, table)


def _against(name: str, sums: Part, table: Table) -> dict[str, int]:
    part = table.parts.get(name)
    if part is None:
        return {}
    said, summed = _alike(part), _alike(sums)
    return {f"matrix.{key}": summed.get(key, 0) - said.get(key, 0) for key in {**said, **summed}}


def _alike(part: Part) -> dict[str, int]:
    found = dict[str, int]()
    for key, n in part.items():
        one = _ONE_FORM.get(key, key)
        found[one] = found.get(one, 0) + n
    return found
