"""Where the fields that rules ask for are searched on the server. Fits `taishi.core.searching.Naming`."""

import msgspec
import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.searching import Place
from taishi.store.asking import ADDRESSES
from taishi.store.elasticsearch.documents import PAIRS
from taishi.store.elasticsearch.own_fields import EVENT_DATA

#: Whatever its name, a source's own field is a pair there: a mapping that is full hides none.
_PAIRS = f"{PAIRS}.caseless"
#: Columns that are asked letter by letter, or that hold the whole record.
_ELSEWHERE = frozenset({"event.id", "event.original", "message", "taishi.extra", "@timestamp"})
#: Longest name whose pair is sure to be one term.
_LONGEST_NAME = 200


class RuleNames:
    """The names of a store's documents."""

    def places(self, kind: Kind, field: str) -> tuple[Place, ...]:
        if field in _ELSEWHERE or field.startswith("taishi.") or len(field) > _LONGEST_NAME:
            return ()
        found = [Place(_PAIRS, msgspec.json.encode(field).decode().lower())]
        if field in ecs.schema(kind).names:
            found.append(_column(field))
        elif "." in field:
            # A member of an object: its leaves have fields of their own.
            found.append(Place(EVENT_DATA + field if kind == "windows" else field))
        return tuple(found)


def _column(name: str) -> Place:
    of = ecs.column_types()[name]
    if name in ADDRESSES:
        return Place(f"{name}.exact", address=name)
    words = pa.types.is_string(of) or pa.types.is_list(of)
    return Place(name if words else f"{name}.exact")
