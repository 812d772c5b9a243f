"""From the evidence of an alert to the flows whose packets are sought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from sensors.pcap.carving import Wanted
from sensors.pcap.community import community_id
from sensors.pcap.rows import PORTED, TRANSPORTS
from taishi.core.event import Event
from taishi.core.ports import Condition, EventStore, Query

_NUMBERS = {name: number for number, name in TRANSPORTS.items()}
#: How far clocks of other sensors may be off; and around a moment whose flow is not told (yet).
_OTHER_CLOCK, _AROUND = timedelta(seconds=2), timedelta(minutes=2)
#: A flow is told in parts of five minutes at the latest, and a little later is stored.
_TOLD_AFTER = timedelta(minutes=10)
#: How long before something in it a flow may have begun, and how many flows of the same ends are looked at.
_LONGEST, _SAME_ENDS = timedelta(days=1), 200


@dataclass(frozen=True)
class Sought:
    """Flows, the events they were found by, capture files that those came from, and when flows that are not
    told yet were seen last."""

    flows: tuple[Wanted, ...] = ()
    events: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    untold: datetime | None = None

    def settled(self, now: datetime) -> bool:
        """Whether no more of these flows can come."""
        return self.untold is None or now - self.untold > _TOLD_AFTER


def sought(evidence: Sequence[Event], store: EventStore) -> Sought:
    """What is not of a flow (a log line without addresses and ports) adds nothing."""
    flows: dict[Wanted, None] = {}
    files: dict[Path, None] = {}
    events, untold = [], None
    for event in evidence:
        one = _wanted(event)
        if one is None:
            continue
        events.append(event.id)
        if event.kind != "flow":
            around = _around(event, one, store)
            untold = untold if around else event.time
            flows.update(dict.fromkeys(around or [_widened(one, _AROUND)]))
        else:
            flows[one] = None
        if event.text("taishi.sensor") == "pcap" and event.text("log.file.path"):
            files[Path(event.text("log.file.path"))] = None
    return Sought(tuple(flows), tuple(events), tuple(files), untold)


def _wanted(event: Event) -> Wanted | None:
    """The flow of an event; None where it says too little."""
    name = event.text("network.transport").lower()
    number = _NUMBERS.get(name, int(name) if name.isdigit() else None)
    try:
        source = ip_address(event.text("source.ip")).packed
        destination = ip_address(event.text("destination.ip")).packed
    except ValueError:
        return None
    known = event.text("network.community_id")
    ports = event.number("source.port"), event.number("destination.port")
    if not known and (number is None or (number in PORTED and "source.port" not in event.fields)):
        return None
    if not known and number is not None:
        known = community_id(number, source, destination, *ports)
    since, until = event.fields.get("event.start"), event.fields.get("event.end")
    since = since if isinstance(since, datetime) else event.time
    until = until if isinstance(until, datetime) else since
    ours = event.text("event.module") == "pcap"
    vlan = _vlan(event) if ours and event.kind == "flow" else None
    one = Wanted(known, source, destination, _us(since), _us(until), vlan)
    return one if ours else _widened(one, _OTHER_CLOCK)


def _around(event: Event, one: Wanted, store: EventStore) -> list[Wanted]:
    """The flows in which something was seen, by the same ends."""
    where = (Condition("network.community_id", one.community_id),)
    query = Query(
        event.time - _LONGEST, event.time + timedelta(seconds=1), ("flow",), where, limit=_SAME_ENDS
    )
    found = (_wanted(flow) for flow in store.search(query).events)
    return [flow for flow in found if flow and flow.since_us <= one.since_us <= flow.until_us]


def _widened(one: Wanted, by: timedelta) -> Wanted:
    more = by // timedelta(microseconds=1)
    ends = one.since_us - more, one.until_us + more
    return Wanted(one.community_id, one.source, one.destination, *ends, one.vlan)


def _vlan(event: Event) -> int:
    inner = event.extra.get("network.inner.vlan.id")
    return int(event.text("network.vlan.id") or 0) | (int(str(inner)) << 12 if inner else 0)


def _us(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
