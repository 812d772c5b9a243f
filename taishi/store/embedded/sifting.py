"""Which segments may hold what a query asks for: a rare address is not looked for in all of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from taishi.core.observables import key
from taishi.core.ports import Condition, Query
from taishi.store.asking import PARTIES, demands, network, spellings
from taishi.store.embedded.manifest import Segment
from taishi.store.embedded.segments import GROUP_ROWS
from taishi.store.embedded.sketch import groups_with


def sifted(folder: Path, segments: Iterable[Segment], query: Query) -> list[Segment]:
    """Without those whose sketch says that an address which the query demands is nowhere in them."""
    asked = [_keys(anyone) for anyone in demands(query) if all(map(_is_told, anyone))]
    return [one for one in segments if all(_may_hold(folder / one.path, one.rows, keys) for keys in asked)]


def _is_told(condition: Condition) -> bool:
    """Whether sketches know the value: one address, in a column of addresses."""
    plain = condition.field in PARTIES and condition.operator == "is" and not condition.negated
    return plain and bool(condition.value) and network(condition) is None


def _keys(anyone: Sequence[Condition]) -> set[int]:
    return {key("address", text) for one in anyone for text in spellings(one)}


def _may_hold(segment: Path, rows: int, keys: set[int]) -> bool:
    return any(True for _ in groups_with(segment, keys, -(-rows // GROUP_ROWS)))
