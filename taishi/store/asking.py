"""What a query means, the same for every store: who matches `address`, what a CIDR is, where pages go on."""

import base64
import binascii
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import chain

import msgspec

from taishi.core.ports import Condition, Query
from taishi.core.problems import Problem

#: Columns whose values are addresses, so that a CIDR may be asked for.
ADDRESSES = frozenset({"source.ip", "destination.ip", "host.ip", "dns.resolved_ip"})
UNITS = ("taishi.source.unit", "taishi.destination.unit", "taishi.host.unit")
PARTIES = ("source.ip", "destination.ip", "host.ip")


def demands(query: Query) -> list[tuple[Condition, ...]]:
    """All must hold, each by any one of its conditions. An empty address or unit asks nothing."""
    clauses: list[tuple[Condition, ...]] = [(condition,) for condition in query.where]
    if query.address:
        clauses.append(tuple(Condition(field, query.address) for field in PARTIES))
    if query.unit:
        clauses.append(tuple(Condition(field, query.unit) for field in UNITS))
    return clauses


def network(condition: Condition) -> IPv4Network | IPv6Network | None:
    """The network that the condition asks an address column for, None where it asks for plain text."""
    if condition.field not in ADDRESSES or condition.operator != "is" or "/" not in condition.value:
        return None
    try:
        return ip_network(condition.value, strict=False)
    except ValueError:
        raise Problem(
            f"{condition.value}: is no network; write it like 192.0.2.0/24 or 2001:db8::/32"
        ) from None


def check(query: Query) -> None:
    """Raises Problem for a question that cannot be asked, whatever the store holds."""
    for condition in chain.from_iterable(demands(query)):
        network(condition)


def spellings(condition: Condition) -> tuple[str, ...]:
    """The value as given and, for an address, as RFC 5952 writes it."""
    if condition.field not in ADDRESSES:
        return (condition.value,)
    try:
        return tuple(dict.fromkeys((condition.value, str(ip_address(condition.value)))))
    except ValueError:
        return (condition.value,)


@dataclass(frozen=True, order=True)
class Place:
    """Where a row stands in time order: microseconds since 1970 (UTC), then the event's id."""

    time: int
    id: str


def write_cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([place.time, place.id])).decode()


def read_cursor(cursor: str | None) -> Place | None:
    """Raises Problem where the text is none of our cursors."""
    if cursor is None:
        return None
    try:
        time, event_id = msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[int, str])
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise Problem(f"cursor {cursor!r}: not one that a page gave; ask again without it") from None
    return Place(time, event_id)


def page_size(query: Query) -> int:
    if query.limit < 1:
        raise Problem(f"limit {query.limit}: a page holds at least 1 event")
    return query.limit


def stream_position(cursor: str | None) -> int:
    """The number of the last event that a stream gave, 0 for its start."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()):
        raise Problem(f"cursor {cursor!r}: not one that a stream gave; start again without it")
    return int(cursor)
