"""Looking back: which stored events show a value that has only now become known."""

from collections.abc import Collection, Iterator
from ipaddress import ip_network

from detections.intel.index import Index
from taishi.core.event import Batch
from taishi.core.indicators import IndicatorType
from taishi.core.observables import key
from taishi.core.ports import EventStore, Hunting

#: A network of more addresses than this is looked for in everything.
_MOST_ADDRESSES = 1024


def holding(events: EventStore, of: Index, upto: str | None) -> Iterator[Batch]:
    """Stored batches, up to a cursor of the stream, that may show one of the index; none without a cursor."""
    if upto is None:
        return
    if isinstance(events, Hunting):
        yield from events.holding(keys_of(of.by_value), upto)
        return
    cursor: str | None = None
    while cursor != upto:
        batches, after = events.stream(cursor)
        if not batches or after == cursor:
            return
        yield from batches
        cursor = after


def keys_of(values: Collection[tuple[IndicatorType, str]]) -> frozenset[int] | None:
    """The keys of values, each address of a small network too; None where a network is too large for that."""
    keys = set()
    for kind, value in values:
        if kind != "network":
            keys.add(key(kind, value))
            continue
        net = ip_network(value)
        if net.num_addresses > _MOST_ADDRESSES:
            return None
        keys.update(key("address", str(address)) for address in net)
    return frozenset(keys)
