"""Where the fields that rules ask for are searched on the server. Fits `taishi.core.searching.Naming`."""

import msgspec
import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.searching import Place
from taishi.store.asking import ADDRESSES
from taishi.store.elasticsearch.documents import PAIRS
from taishi.store.elasticsearch.rule_pairs import LONGEST_NAME, MARK

#: Whatever its name, a source's own field is a pair there: a mapping that is full hides none.
_PAIRS = f"{PAIRS}.caseless"
#: Columns that are asked letter by letter, or that hold the whole record.
_ELSEWHERE = frozenset({"event.id", "event.original", "message", "taishi.extra", "@timestamp"})


class RuleNames:
    """The names of a store's documents."""

    def places(self, kind: Kind, field: str) -> tuple[Place, ...]:
        if not _can_be_asked(field):
            return ()
        before = msgspec.json.encode(field).decode().lower()
        found = [Place(_PAIRS, before), Place(_PAIRS, MARK + before)]
        return (*found, _column(field)) if field in ecs.schema(kind).names else tuple(found)


def _can_be_asked(field: str) -> bool:
    if field in _ELSEWHERE or field.startswith("taishi.") or len(field) > LONGEST_NAME:
        return False
    if not field.isascii() and field.lower() != field.upper():
        return False  # whose small letters may be others on the server
    return not pa.types.is_timestamp(ecs.column_types().get(field, pa.string()))


def _column(name: str) -> Place:
    of = ecs.column_types()[name]
    if name in ADDRESSES:
        return Place(f"{name}.exact", address=name)
    words = pa.types.is_string(of) or pa.types.is_list(of)
    return Place(name if words else f"{name}.exact")
