"""Whose the shown value is: which side of an event is hostile, and which host of ours has to do with it."""

from dataclasses import dataclass
from typing import Literal

from detections.networks import Networks
from taishi.core.event import Event
from taishi.core.indicators import HASHES, IndicatorType
from taishi.core.records import SubjectKind

#: out: a host of ours calls; in: somebody outside calls; listed: the value is an address of ours; at: it was
#: seen on a host; resolved: a name led there and no more is known.
Way = Literal["out", "in", "listed", "at", "resolved"]

#: Ports below are servers' (RFC 6335): a record from there to a high port is an answer.
_SERVER_PORTS = 1024


@dataclass(frozen=True)
class Parties:
    """`side` of the event is the subject's; `peer` is the hostile party where it has an address or name."""

    way: Way
    subject: str
    subject_kind: SubjectKind
    side: str
    peer: str


def parties(event: Event, column: str, kind: IndicatorType, value: str, networks: Networks) -> Parties | None:
    """None where the value on that side means nothing, as a name of ours that somebody outside asks for."""
    if kind in HASHES or (kind == "user_agent" and not event.text("source.ip")):
        return _at_host(event, networks)
    if kind == "email":
        return _mail(event, value, networks)
    if kind in ("user_agent", "ja4") or column == "tls.client.ja3":
        return _client(event, value, networks)
    if column in ("source.ip", "source.domain"):
        return _from(event, value, networks)
    if column == "dns.resolved_ip":
        return _party(event, "resolved", "source", value)
    if networks.inside(event.text("destination.ip")) and not networks.inside(event.text("source.ip")):
        return _from_or_listed(event, column, value, networks)
    return _party(event, "out", "source", value)


def _party(event: Event, way: Way, side: str, peer: str) -> Parties | None:
    subject = event.text(f"{side}.ip") or event.text(f"{side}.domain")
    if subject:
        return Parties(way, subject, "ip" if event.text(f"{side}.ip") else "host", side, peer)
    host = event.text("host.name")
    return Parties(way, host, "host", "host", peer) if host else None


def _from(event: Event, value: str, networks: Networks) -> Parties | None:
    """A hostile address sends. Where it is a server's answer, the other side has called it."""
    if networks.inside(event.text("source.ip")):
        return _party(event, "listed", "source", event.text("destination.ip"))
    port, other = event.number("source.port"), event.number("destination.port")
    if 0 < port < _SERVER_PORTS <= other and event.kind == "flow":
        return _party(event, "out", "destination", value)
    return _party(event, "in", "destination", value)


def _from_or_listed(event: Event, column: str, value: str, networks: Networks) -> Parties | None:
    """Somebody outside calls us, and the value is on our side."""
    if column != "destination.ip" or not networks.inside(value):
        return None
    return _party(event, "listed", "destination", event.text("source.ip"))


def _client(event: Event, value: str, networks: Networks) -> Parties | None:
    """The value is the calling program's."""
    source, target = event.text("source.ip"), event.text("destination.ip")
    if source and target and not networks.inside(source) and networks.inside(target):
        return _party(event, "in", "destination", source)
    return _party(event, "out", "source", target or value)


def _mail(event: Event, value: str, networks: Networks) -> Parties | None:
    inside = [side for side in ("destination", "source") if networks.inside(event.text(f"{side}.ip"))]
    return _party(event, "in", inside[0] if inside else "destination", value)


def _at_host(event: Event, networks: Networks) -> Parties | None:
    """A host's own log names the host; on the wire it is the side of ours, else the one that receives."""
    if event.text("host.name") and not event.text("destination.ip"):
        return Parties("at", event.text("host.name"), "host", "host", "")
    inside = [side for side in ("destination", "source") if networks.inside(event.text(f"{side}.ip"))]
    side = inside[0] if inside else "destination"
    other = "source" if side == "destination" else "destination"
    return _party(event, "at", side, event.text(f"{other}.ip"))
